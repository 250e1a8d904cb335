#pragma once

#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/recipe.hpp>

#include <string>
#include <vector>

namespace colonnade::data {

/// Which features of the inputs to keep, by name: "q" (all levels), "q[12]", "q[40:137]" (40 to
/// 136), or the raw variable that holds them, "sca_inputs".
struct Selection {
  std::vector<std::string> select;  ///< empty: all
  std::vector<std::string> drop;
};

/// The features of raw variables, one after the other, row-major.
///
/// Names: "NAME" for a scalar, "NAME[LEVEL]" along a vertical, where a grouped variable gives NAME
/// by its last dimension.
std::vector<Feature> features_of(const std::vector<RawVariable>& variables);

/// The flat layout: x = the inputs and y = the targets, each flattened row-major and concatenated.
///
/// `set` holds the inputs, then the targets. Throws a usage error naming what was not found in the
/// selection.
Recipe flat_recipe(const RawSet& set, std::size_t inputs, const Selection& selection);

/// The levels layout, for targets on H half levels: x (H, variables) takes inputs on H levels,
/// those on H - 2 padded with one zero at each end, and scalars repeated on every level; edge (H -
/// 1, variables) takes inputs on H - 1 levels; y (H, targets). Throws a data error naming the
/// variable that fits none of these.
Recipe levels_recipe(const RawSet& set, std::size_t inputs);

/// Leaves the listed features, and their statistics, out of an array of the flat layout.
void remove_features(ArrayRecipe& array, const std::vector<std::size_t>& features);

/// Marks the variables (the recipe's inputs, then perhaps its targets) whose missing values the
/// recipe knows what to do with: transforms that fill, and lists of labels. Throws a usage error
/// where a transform fills only some of a variable's values.
void keep_missing(std::vector<RawVariable>& variables, const Recipe& recipe);

/// Sets the transforms by variable name; throws a usage error naming a variable that no array has,
/// or a target that tells classes. Padded zeros stay.
void set_transforms(Recipe& recipe, const std::map<std::string, Transform>& transforms);

}  // namespace colonnade::data
