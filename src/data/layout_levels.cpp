#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// One variable of the last dimension of an array in the levels layout.
struct Slice {
  std::string name;
  std::string units;
  std::int64_t first;   ///< place of its value on the array's level `begin`
  std::int64_t stride;  ///< places from one level to the next; 0 repeats a scalar
  std::int64_t begin;   ///< first level of the array that it has
  std::int64_t end;
};

/// The variables that `variable` brings to an array of `levels` levels, the first of which it has
/// being `begin`.
void append_slices(const RawVariable& variable, std::int64_t offset, std::int64_t levels,
                   std::int64_t begin, std::vector<Slice>& slices) {
  const auto features = features_of({variable});
  const bool scalar = features.front().level < 0;
  const bool grouped = !variable.feature_names.empty();
  const auto kinds = scalar ? variable.width() : grouped ? variable.shape.back() : 1;
  for (std::int64_t kind = 0; kind < kinds; ++kind) {
    const auto& feature = features[static_cast<std::size_t>(kind)];
    slices.push_back({feature.variable, feature.units, offset + kind, scalar ? 0 : kinds, begin,
                      levels - begin});
  }
}

ArrayRecipe levels_array(const std::string& name, std::int64_t levels,
                         const std::vector<Slice>& slices) {
  ArrayRecipe array;
  array.name = name;
  array.shape = {levels, static_cast<std::int64_t>(slices.size())};
  for (std::int64_t level = 0; level < levels; ++level)
    for (const auto& slice : slices) {
      const bool padded = level < slice.begin || level >= slice.end;
      array.places.push_back(padded ? -1 : slice.first + (level - slice.begin) * slice.stride);
      array.encoding.features.push_back(
          {fmt::format("{}[{}]", slice.name, level), slice.name, slice.units, level});
    }
  array.encoding.transforms.resize(array.places.size());
  return array;
}

std::int64_t half_levels_of(const std::vector<RawVariable>& targets) {
  const std::int64_t levels = targets.front().shape.empty() ? 0 : targets.front().shape.front();
  for (const auto& target : targets)
    if (target.shape.size() != 1 || target.shape.front() != levels || levels < 3)
      throw Error(ErrorKind::data, "the levels layout wants all targets on the same half levels",
                  {.variable = target.name, .hint = "use --layout flat"});
  return levels;
}

/// Vertical extent of an input; 0 for scalars.
std::int64_t vertical_of(const RawVariable& variable) {
  const bool grouped = !variable.feature_names.empty();
  return variable.shape.size() > (grouped ? 1U : 0U) ? variable.shape.front() : 0;
}

}  // namespace

Recipe levels_recipe(const RawSet& set, std::size_t inputs) {
  Recipe recipe = flat_recipe(set, inputs, {});
  recipe.layout = "levels";
  recipe.arrays.clear();
  const std::int64_t half_levels = half_levels_of(recipe.targets);
  std::vector<Slice> half, inter, scalars, full, targets;
  std::int64_t offset = 0;
  for (const auto& variable : recipe.inputs) {
    const std::int64_t levels = vertical_of(variable);
    if (levels == half_levels)
      append_slices(variable, offset, half_levels, 0, half);
    else if (levels == half_levels - 2)
      append_slices(variable, offset, half_levels, 1, inter);
    else if (levels == half_levels - 1)
      append_slices(variable, offset, half_levels - 1, 0, full);
    else if (levels == 0)
      append_slices(variable, offset, half_levels, 0, scalars);
    else
      throw Error(ErrorKind::data, "the variable fits no level of the targets' half levels",
                  {.variable = variable.name,
                   .value = fmt::format("{} and {}", levels, half_levels),
                   .hint = "use --layout flat"});
    offset += variable.width();
  }
  for (const auto& variable : recipe.targets) {
    append_slices(variable, offset, half_levels, 0, targets);
    offset += variable.width();
  }
  half.insert(half.end(), inter.begin(), inter.end());
  half.insert(half.end(), scalars.begin(), scalars.end());
  if (half.empty())
    throw Error(ErrorKind::data, "no input for the array x of the levels layout",
                {.hint = "use --layout flat"});
  recipe.arrays.push_back(levels_array("x", half_levels, half));
  recipe.arrays.push_back(levels_array("y", half_levels, targets));
  if (!full.empty()) recipe.arrays.push_back(levels_array("edge", half_levels - 1, full));
  return recipe;
}

}  // namespace colonnade::data
