#include <colonnade/base/error.hpp>
#include <colonnade/data/recipe.hpp>

#include <fmt/format.h>
#include <infer/model.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::infer {

using base::Error;
using base::ErrorKind;

namespace {

[[noreturn]] void refuse(const std::string& file, const char* what, const std::string& variable,
                         const std::string& value = {}) {
  throw Error(ErrorKind::data, what,
              {.file = file,
               .variable = variable,
               .value = value,
               .hint = "train again with this version, or build the library of the model's"});
}

/// Whether the weights are as many as the widths ask for, without computing with wild numbers.
bool fit(const std::vector<std::int64_t>& widths, std::size_t weights) {
  const auto most = static_cast<std::int64_t>(weights);
  std::int64_t left = most;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::int64_t in = widths[l], out = widths[l + 1];
    if (in < 1 || out < 1 || in >= most || out > left / (in + 1)) return false;
    left -= out * (in + 1);
  }
  return widths.size() >= 2 && left == 0;
}

/// Values of one column by the names that features_of gives them.
std::map<std::string, std::int64_t> levels_of(const std::vector<data::RawVariable>& variables,
                                              const std::string& file) {
  std::map<std::string, std::int64_t> levels;
  const auto add = [&](const std::string& name, std::int64_t count) {
    if (!levels.emplace(name, count).second)
      refuse(file, "two variables of the model have one name", name);
  };
  for (const auto& variable : variables) {
    std::int64_t width = 1;
    for (const std::int64_t length : variable.shape)
      if (length < 1 || width > (std::int64_t{1} << 40) / length)
        refuse(file, "the variable has no possible shape", variable.name);
      else
        width *= length;
    const auto kinds = static_cast<std::int64_t>(variable.feature_names.size());
    if (kinds == 0) {
      add(variable.name, width);
      continue;
    }
    if (variable.shape.empty() || variable.shape.back() != kinds)
      refuse(file, "the variable has not a name for each of its features", variable.name);
    for (const auto& name : variable.feature_names) add(name, width / kinds);
  }
  return levels;
}

void expect_whole(const data::ArrayRecipe& array, std::int64_t width, const std::string& file) {
  const auto& encoding = array.encoding;
  const auto size = static_cast<std::size_t>(width);
  for (const std::size_t count : {encoding.features.size(), encoding.transforms.size(),
                                  encoding.offset.size(), encoding.scale.size()})
    if (count != size)
      refuse(file, "the model's recipe does not fit its network", array.name,
             fmt::format("{} and {}", count, size));
}

Side side_of(const data::ArrayRecipe& array, const std::vector<data::RawVariable>& raw,
             std::int64_t width, const std::string& file) {
  expect_whole(array, width, file);
  const auto levels = levels_of(raw, file);
  Side side{.encoding = array.encoding, .variables = {}, .parts = {}};
  for (std::size_t place = 0; place < side.encoding.width(); ++place) {
    const auto& feature = side.encoding.features[place];
    const auto known = levels.find(feature.variable);
    const bool is_scalar = feature.name == feature.variable;
    const std::int64_t level = is_scalar ? 0 : feature.level;
    if (known == levels.end() || level < 0 || level >= known->second)
      refuse(file, "the model does not tell where its feature comes from", feature.name);
    auto& whole = side.parts[feature.variable];
    if (whole.slots.empty()) {
      whole.levels = known->second;
      side.variables.push_back({feature.variable, feature.units, known->second});
    }
    if (level >= whole.levels)
      refuse(file, "two features of the model have one name", feature.name);
    whole.slots.push_back({level, place});
    if (!is_scalar && !side.parts.emplace(feature.name, Part{1, {{0, place}}}).second)
      refuse(file, "two features of the model have one name", feature.name);
  }
  return side;
}

/// Probabilities: all of them as one variable, and each by its class's name.
Side probabilities_of(const data::Recipe& recipe, const data::ArrayRecipe& array,
                      std::int64_t width, const std::string& file) {
  expect_whole(array, width, file);
  if (recipe.targets.size() != 1)
    refuse(file, "the model does not tell which target its classes are of", "");
  const auto name = data::probability_name(recipe);
  Side side{.encoding = array.encoding, .variables = {{name, "1", width}}, .parts = {}};
  auto& whole = side.parts[name];
  whole.levels = width;
  for (std::size_t place = 0; place < side.encoding.width(); ++place) {
    whole.slots.push_back({static_cast<std::int64_t>(place), place});
    side.parts.emplace(side.encoding.features[place].name, Part{1, {{0, place}}});
  }
  return side;
}

const data::ArrayRecipe& array_of(const data::Recipe& recipe, const char* name,
                                  const std::string& file) {
  const auto found =
      std::find_if(recipe.arrays.begin(), recipe.arrays.end(),
                   [&](const data::ArrayRecipe& array) { return array.name == name; });
  if (found == recipe.arrays.end()) refuse(file, "the model's recipe lacks an array", name);
  return *found;
}

}  // namespace

Model make_model(Record record, const std::string& file) {
  if (!fit(record.widths, record.weights.size()))
    refuse(file, "the model's weights do not fit its widths", "");
  const auto recipe = data::Recipe::from_text(record.recipe, file);
  if (recipe.layout != "flat")
    refuse(file, "the model is not of the flat layout", "", recipe.layout);
  Model model{.shape = {.widths = std::move(record.widths),
                        .activation = {},
                        .is_residual = record.is_residual},
              .weights = std::move(record.weights),
              .inputs = {},
              .outputs = {}};
  try {
    model.shape.activation = nn::activation_from_name(record.activation);
  } catch (const Error&) {
    refuse(file, "the library does not know the model's activation", "", record.activation);
  }
  model.inputs = side_of(array_of(recipe, "x", file), recipe.inputs, model.shape.inputs(), file);
  const auto& y = array_of(recipe, "y", file);
  model.outputs = recipe.classes ? probabilities_of(recipe, y, model.shape.outputs(), file)
                                 : side_of(y, recipe.targets, model.shape.outputs(), file);
  if (recipe.classes) model.classes = recipe.classes->kind;
  return model;
}

void expect_inputs(const Model& model, const std::vector<Variable>& given) {
  for (const Variable& mine : model.inputs.variables) {
    const auto theirs = std::find_if(given.begin(), given.end(), [&](const Variable& variable) {
      return variable.name == mine.name;
    });
    if (theirs == given.end())
      throw Error(ErrorKind::data, "the model wants an input that the host does not give",
                  {.variable = mine.name,
                   .value = fmt::format("{} levels in {}", mine.levels, mine.units)});
    if (theirs->levels != mine.levels)
      throw Error(
          ErrorKind::data, "the input has not the levels that the model wants",
          {.variable = mine.name, .value = fmt::format("{} and {}", theirs->levels, mine.levels)});
    const bool both_tell = !theirs->units.empty() && theirs->units != "1" && mine.units != "1";
    if (both_tell && theirs->units != mine.units)
      throw Error(
          ErrorKind::data, "the input has not the units that the model wants",
          {.variable = mine.name, .value = fmt::format("{} and {}", theirs->units, mine.units)});
  }
}

}  // namespace colonnade::infer
