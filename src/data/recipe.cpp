#include <colonnade/base/error.hpp>
#include <colonnade/data/recipe.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace colonnade::data {

using nlohmann::json;

// Found by argument-dependent lookup, as the library wants them.
static void to_json(json& out, const Transform& transform) {
  out = transform.text();
}
static void from_json(const json& in, Transform& transform) {
  transform = Transform::parse(in.get<std::string>());
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Feature, name, variable, units, level)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Statistics, count, mean, std, min, max)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Encoding, features, transforms, statistics, offset, scale)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RawVariable::Flag, value, meaning)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ConstantFeature, feature, place, value)

// Flags, constants and classes came later: older files have none.
static void to_json(json& out, const RawVariable& variable) {
  out = {{"name", variable.name},
         {"shape", variable.shape},
         {"dimensions", variable.dimensions},
         {"feature_names", variable.feature_names},
         {"feature_units", variable.feature_units},
         {"units", variable.units},
         {"long_name", variable.long_name}};
  if (!variable.flags.empty()) out["flags"] = variable.flags;
}
static void from_json(const json& in, RawVariable& variable) {
  in.at("name").get_to(variable.name);
  in.at("shape").get_to(variable.shape);
  in.at("dimensions").get_to(variable.dimensions);
  in.at("feature_names").get_to(variable.feature_names);
  in.at("feature_units").get_to(variable.feature_units);
  in.at("units").get_to(variable.units);
  in.at("long_name").get_to(variable.long_name);
  if (in.contains("flags")) in.at("flags").get_to(variable.flags);
}
static void to_json(json& out, const ArrayRecipe& array) {
  out = {{"name", array.name},
         {"shape", array.shape},
         {"places", array.places},
         {"encoding", array.encoding}};
  if (!array.constants.empty()) out["constants"] = array.constants;
}
static void from_json(const json& in, ArrayRecipe& array) {
  in.at("name").get_to(array.name);
  in.at("shape").get_to(array.shape);
  in.at("places").get_to(array.places);
  in.at("encoding").get_to(array.encoding);
  if (in.contains("constants")) in.at("constants").get_to(array.constants);
}

static void to_json(json& out, const Recipe& recipe) {
  out = {{"layout", recipe.layout},
         {"column_dim", recipe.column_dim},
         {"inputs", recipe.inputs},
         {"targets", recipe.targets},
         {"arrays", recipe.arrays}};
  if (recipe.classes) out["classes"] = *recipe.classes;
  if (recipe.source) out["source"] = *recipe.source;
}
static void from_json(const json& in, Recipe& recipe) {
  in.at("layout").get_to(recipe.layout);
  in.at("column_dim").get_to(recipe.column_dim);
  in.at("inputs").get_to(recipe.inputs);
  in.at("targets").get_to(recipe.targets);
  in.at("arrays").get_to(recipe.arrays);
  if (in.contains("classes")) recipe.classes = in.at("classes").get<Classes>();
  if (in.contains("source")) recipe.source = in.at("source").get<SourceForm>();
}

/// Numbers that count, or name places, are whole: the library would convert any to one, and what a
/// number too large becomes is not defined.
static void expect_whole_numbers(const json& value, bool are_whole) {
  constexpr std::array<std::string_view, 5> whole{"count", "level", "place", "places", "shape"};
  if (value.is_object()) {
    for (const auto& [key, part] : value.items())
      expect_whole_numbers(part, std::find(whole.begin(), whole.end(), key) != whole.end());
  } else if (value.is_array()) {
    for (const auto& part : value) expect_whole_numbers(part, are_whole);
  } else if (are_whole && value.is_number() && !value.is_number_integer()) {
    throw base::Error(base::ErrorKind::data, "a number in the recipe is not a whole one",
                      {.value = value.dump()});
  }
}

std::int64_t RawVariable::width() const {
  std::int64_t values = 1;
  for (const auto length : shape) values *= length;
  return values;
}

const ArrayRecipe& Recipe::array(const std::string& name) const {
  const auto found = std::find_if(arrays.begin(), arrays.end(),
                                  [&](const ArrayRecipe& array) { return array.name == name; });
  base::expects(found != arrays.end(), "the recipe has the array");
  return *found;
}

ArrayRecipe& Recipe::array(const std::string& name) {
  return const_cast<ArrayRecipe&>(std::as_const(*this).array(name));
}

std::int64_t Recipe::row_bytes() const {
  std::size_t values = 0;
  for (const auto& array : arrays) values += array.places.size();
  return static_cast<std::int64_t>(values * sizeof(float));
}

std::string probability_name(const Recipe& recipe) {
  base::expects(recipe.classes && recipe.targets.size() == 1, "one target tells the classes");
  return recipe.targets.front().name + "_probability";
}

std::string Recipe::text() const {
  return json(*this).dump();
}

Recipe Recipe::from_text(const std::string& text, const std::string& file) {
  try {
    const json parsed = json::parse(text);
    expect_whole_numbers(parsed, false);
    return parsed.get<Recipe>();
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::data, "the recipe in the file cannot be read",
                      {.file = file, .value = error.what()});
  } catch (const base::Error& error) {
    throw base::Error(base::ErrorKind::data, error.sentence(),
                      {.file = file, .value = error.facts().value});
  }
}

}  // namespace colonnade::data
