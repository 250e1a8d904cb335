#include <colonnade/base/error.hpp>
#include <colonnade/data/feature_pattern.hpp>
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

std::vector<FeaturePattern> patterns_of(const std::vector<std::string>& words) {
  std::vector<FeaturePattern> patterns;
  patterns.reserve(words.size());
  for (const auto& word : words) patterns.emplace_back(word);
  return patterns;
}

/// True when any of the patterns matches; all are asked, so that each learns whether it was of use.
bool any_matches(std::vector<FeaturePattern>& patterns, const Feature& feature,
                 const std::string& raw) {
  bool found = false;
  for (auto& pattern : patterns) found = pattern.matches(feature, raw) || found;
  return found;
}

/// Places of the inputs' features that the selection keeps.
std::vector<std::int64_t> kept_places(const std::vector<RawVariable>& inputs,
                                      const std::vector<Feature>& features,
                                      const Selection& selection) {
  auto select = patterns_of(selection.select), drop = patterns_of(selection.drop);
  std::vector<std::int64_t> kept;
  std::int64_t place = 0;
  for (const auto& variable : inputs)
    for (std::int64_t i = 0; i < variable.width(); ++i, ++place) {
      const auto& feature = features[static_cast<std::size_t>(place)];
      const bool selected = any_matches(select, feature, variable.name);
      const bool dropped = any_matches(drop, feature, variable.name);
      if ((select.empty() || selected) && !dropped) kept.push_back(place);
    }
  for (const auto& pattern : select) pattern.expect_used(features, "the inputs");
  for (const auto& pattern : drop) pattern.expect_used(features, "the inputs");
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
  if (set.sampling) recipe.source = set.sampling->form;
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

namespace {

/// Of the raw values of a column those that the arrays take: 1, or 2 where the transform fills.
std::vector<char> uses_of_values(const Recipe& recipe) {
  std::int64_t width = 0;
  for (const auto* const side : {&recipe.inputs, &recipe.targets})
    for (const auto& variable : *side) width += variable.width();
  std::vector<char> uses(static_cast<std::size_t>(width), 0);
  for (const auto& array : recipe.arrays)
    for (std::size_t i = 0; i < array.places.size(); ++i)
      if (array.places[i] >= 0)
        uses[static_cast<std::size_t>(array.places[i])] =
            array.encoding.transforms[i].fills() ? 2 : 1;
  return uses;
}

}  // namespace

void keep_missing(std::vector<RawVariable>& variables, const Recipe& recipe) {
  const auto uses = uses_of_values(recipe);
  auto use = uses.begin();
  for (auto& variable : variables) {
    const auto end = use + variable.width();
    variable.keeps_missing = std::find(use, end, 2) != end;
    if (variable.keeps_missing && std::find(use, end, 1) != end)
      throw Error(ErrorKind::usage,
                  "--transform fills some features of a raw variable and not others",
                  {.variable = variable.name,
                   .hint = "give all of them a fill, or use --missing fill=VALUE"});
    use = end;
  }
  if (recipe.classes && variables.size() > recipe.inputs.size())
    variables[recipe.inputs.size()].is_class = true;
  const bool has_lists = recipe.classes && recipe.classes->kind == Classes::Kind::many &&
                         recipe.classes->form == Classes::Form::sparse;
  if (has_lists && variables.size() > recipe.inputs.size())
    variables[recipe.inputs.size()].keeps_missing = true;
}

void remove_features(ArrayRecipe& array, const std::vector<std::size_t>& features) {
  const std::set<std::size_t> removed(features.begin(), features.end());
  ArrayRecipe left{array.name, {}, {}, {}, array.constants};
  const auto& all = array.encoding.statistics;
  auto& statistics = left.encoding.statistics;
  for (std::size_t i = 0; i < array.places.size(); ++i) {
    if (removed.contains(i)) continue;
    left.places.push_back(array.places[i]);
    left.encoding.features.push_back(array.encoding.features[i]);
    left.encoding.transforms.push_back(array.encoding.transforms[i]);
    if (all.count.empty()) continue;
    statistics.count.push_back(all.count[i]);
    statistics.mean.push_back(all.mean[i]);
    statistics.std.push_back(all.std[i]);
    statistics.min.push_back(all.min[i]);
    statistics.max.push_back(all.max[i]);
  }
  left.shape = {static_cast<std::int64_t>(left.places.size())};
  array = std::move(left);
}

void set_transforms(Recipe& recipe, const std::map<std::string, Transform>& transforms) {
  for (const auto& [name, transform] : transforms) {
    bool found = false;
    for (auto& array : recipe.arrays) {
      if (recipe.classes && array.name == "y") continue;
      for (std::size_t i = 0; i < array.encoding.features.size(); ++i)
        if (array.encoding.features[i].variable == name) {
          if (array.places[i] >= 0) array.encoding.transforms[i] = transform;
          found = true;
        }
    }
    if (!found && recipe.classes && recipe.targets.front().name == name)
      throw Error(ErrorKind::usage, "a target that tells classes has no transform",
                  {.variable = name, .hint = "leave it out of --transform"});
    if (!found)
      throw Error(ErrorKind::usage,
                  "--transform names a variable that is neither among the inputs nor the targets",
                  {.value = name, .hint = "inspect lists the variables of a file"});
  }
}

}  // namespace colonnade::data
