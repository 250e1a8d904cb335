#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <set>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// The features of one raw variable, row-major.
void append_features(const RawVariable& variable, std::vector<Feature>& features) {
  const bool grouped = !variable.feature_names.empty();
  const auto vertical = variable.shape.size() - (grouped ? 1 : 0);
  const auto last = grouped ? variable.feature_names.size() : 1;
  for (std::int64_t i = 0; i < variable.width(); ++i) {
    const auto kind = static_cast<std::size_t>(i) % last;
    const std::int64_t place = i / static_cast<std::int64_t>(last);
    Feature feature;
    feature.variable = grouped ? variable.feature_names[kind] : variable.name;
    feature.units = variable.feature_units.empty() ? variable.units : variable.feature_units[kind];
    if (feature.units.empty()) feature.units = "1";
    feature.name = feature.variable;
    if (vertical > 0) {
      feature.level = place;
      feature.name += fmt::format("[{}]", place);
    }
    features.push_back(std::move(feature));
  }
}

/// One word of a selection: a name, with or without a range of levels.
struct Pattern {
  std::string text;
  std::string name;
  std::optional<mpi::Range> levels;
  mutable bool used = false;
  mutable std::int64_t levels_known = 0;  ///< of the features of that name

  explicit Pattern(const std::string& word) : text(word), name(word.substr(0, word.find('['))) {
    const auto open = word.find('[');
    if (open == std::string::npos) return;
    mpi::Range range;
    const char* end = word.data() + word.size();
    auto read = std::from_chars(word.data() + open + 1, end, range.begin);
    range.end = range.begin + 1;
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == ':')
      read = std::from_chars(read.ptr + 1, end, range.end);
    if (read.ec != std::errc() || read.ptr + 1 != end || *read.ptr != ']' || range.empty())
      throw Error(ErrorKind::usage, "not a feature",
                  {.value = word, .hint = "write NAME, NAME[LEVEL] or NAME[FIRST:END]"});
    levels = range;
  }

  [[nodiscard]] bool matches(const Feature& feature, const std::string& raw_name) const {
    if (name != feature.variable && name != raw_name) return false;
    levels_known = std::max(levels_known, feature.level + 1);
    const bool here = !levels || levels->contains(feature.level);
    used = used || here;
    return here;
  }
};

std::vector<Pattern> patterns_of(const std::vector<std::string>& words) {
  std::vector<Pattern> patterns;
  for (const auto& word : words) patterns.emplace_back(word);
  return patterns;
}

void expect_used(const std::vector<Pattern>& patterns, const std::vector<Feature>& features) {
  for (const auto& pattern : patterns) {
    if (pattern.levels && pattern.levels_known > 0 && pattern.levels->end > pattern.levels_known)
      throw Error(
          ErrorKind::usage, "no such level",
          {.value = pattern.text,
           .hint = fmt::format("{} has levels 0 to {}; a range ends before its second number",
                               pattern.name, pattern.levels_known - 1)});
    if (pattern.used) continue;
    std::set<std::string> names;
    for (const auto& feature : features) names.insert(feature.variable);
    std::string known;
    for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::usage, "no such feature",
                {.value = pattern.text, .hint = "the inputs have " + known});
  }
}

/// True when any of the patterns matches; all are asked, so that each learns whether it was of use.
bool any_matches(const std::vector<Pattern>& patterns, const Feature& feature,
                 const std::string& raw) {
  bool found = false;
  for (const auto& pattern : patterns) found = pattern.matches(feature, raw) || found;
  return found;
}

/// Places of the inputs' features that the selection keeps.
std::vector<std::int64_t> kept_places(const std::vector<RawVariable>& inputs,
                                      const std::vector<Feature>& features,
                                      const Selection& selection) {
  const auto select = patterns_of(selection.select), drop = patterns_of(selection.drop);
  std::vector<std::int64_t> kept;
  std::int64_t place = 0;
  for (const auto& variable : inputs)
    for (std::int64_t i = 0; i < variable.width(); ++i, ++place) {
      const auto& feature = features[static_cast<std::size_t>(place)];
      const bool selected = any_matches(select, feature, variable.name);
      const bool dropped = any_matches(drop, feature, variable.name);
      if ((select.empty() || selected) && !dropped) kept.push_back(place);
    }
  expect_used(select, features);
  expect_used(drop, features);
  if (kept.empty())
    throw Error(ErrorKind::usage, "no feature is left",
                {.hint = "--select and --drop contradict each other"});
  return kept;
}

ArrayRecipe flat_array(const std::string& name, const std::vector<Feature>& features,
                       const std::vector<std::int64_t>& kept, std::int64_t offset) {
  ArrayRecipe array;
  array.name = name;
  array.shape = {static_cast<std::int64_t>(kept.size())};
  for (const std::int64_t place : kept) {
    array.places.push_back(offset + place);
    array.encoding.features.push_back(features[static_cast<std::size_t>(place)]);
  }
  array.encoding.transforms.resize(kept.size());
  return array;
}

}  // namespace

std::vector<Feature> features_of(const std::vector<RawVariable>& variables) {
  std::vector<Feature> features;
  for (const auto& variable : variables) append_features(variable, features);
  return features;
}

Recipe flat_recipe(const RawSet& set, std::size_t inputs, const Selection& selection) {
  Recipe recipe;
  recipe.layout = "flat";
  recipe.column_dim = set.column_dim;
  const auto cut = set.variables.begin() + static_cast<std::ptrdiff_t>(inputs);
  recipe.inputs.assign(set.variables.begin(), cut);
  recipe.targets.assign(cut, set.variables.end());
  const auto features = features_of(recipe.inputs), targets = features_of(recipe.targets);
  std::vector<std::int64_t> all(targets.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  recipe.arrays.push_back(
      flat_array("x", features, kept_places(recipe.inputs, features, selection), 0));
  recipe.arrays.push_back(
      flat_array("y", targets, all, static_cast<std::int64_t>(features.size())));
  return recipe;
}

void remove_features(ArrayRecipe& array, const std::vector<std::size_t>& features) {
  const std::set<std::size_t> removed(features.begin(), features.end());
  ArrayRecipe left{array.name, {}, {}, {}};
  for (std::size_t i = 0; i < array.places.size(); ++i) {
    if (removed.contains(i)) continue;
    left.places.push_back(array.places[i]);
    left.encoding.features.push_back(array.encoding.features[i]);
    left.encoding.transforms.push_back(array.encoding.transforms[i]);
  }
  left.shape = {static_cast<std::int64_t>(left.places.size())};
  array = std::move(left);
}

void set_transforms(Recipe& recipe, const std::map<std::string, Transform>& transforms) {
  for (const auto& [name, transform] : transforms) {
    bool found = false;
    for (auto& array : recipe.arrays)
      for (std::size_t i = 0; i < array.encoding.features.size(); ++i)
        if (array.encoding.features[i].variable == name) {
          array.encoding.transforms[i] = transform;
          found = true;
        }
    if (!found)
      throw Error(ErrorKind::usage,
                  "--transform names a variable that is neither among the inputs nor the targets",
                  {.value = name, .hint = "inspect lists the variables of a file"});
  }
}

}  // namespace colonnade::data
