#include "data/layout_samples.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using Places = std::vector<std::int64_t>;

TEST(LevelsRecipe, PutsEachKindOfVariableInItsPlace) {
  const auto recipe = levels_recipe(four_half_levels(), sample_inputs);
  const auto& x = recipe.array("x");
  // Columns: pressure, temperature, overlap (padded), zenith, albedo, skin.
  EXPECT_EQ(x.shape, (Places{4, 6}));
  EXPECT_EQ(x.places, (Places{0, 1, -1, 10, 11, 12,  //
                              2, 3, 8,  10, 11, 12,  //
                              4, 5, 9,  10, 11, 12,  //
                              6, 7, -1, 10, 11, 12}));
  const auto& edge = recipe.array("edge");
  EXPECT_EQ(edge.shape, (Places{3, 3}));
  EXPECT_EQ(edge.places, (Places{13, 14, 19, 15, 16, 20, 17, 18, 21}));
  const auto& y = recipe.array("y");
  EXPECT_EQ(y.shape, (Places{4, 2}));
  EXPECT_EQ(y.places, (Places{22, 26, 23, 27, 24, 28, 25, 29}));
  EXPECT_EQ(x.encoding.features[6 + 1], (Feature{"temperature[1]", "temperature", "K", 1}));
  EXPECT_EQ(x.encoding.features[18 + 3].variable, "zenith");
  EXPECT_EQ(x.encoding.transforms.size(), 24U);
  EXPECT_EQ(recipe.layout, "levels");
}

TEST(LevelsRecipe, HasNoEdgeWithoutVariablesBetweenHalfLevels) {
  auto set = four_half_levels();
  set.variables.erase(set.variables.begin() + 3, set.variables.begin() + 5);
  EXPECT_EQ(levels_recipe(set, 3).arrays.size(), 2U);
}

TEST(LevelsRecipe, NamesTheVariableThatFitsNoLevel) {
  auto set = four_half_levels();
  set.variables[4].shape = {7};
  try {
    levels_recipe(set, sample_inputs);
    FAIL() << "seven levels fitted four";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::data);
    EXPECT_EQ(error.facts().variable, "ozone");
    EXPECT_FALSE(error.facts().hint.empty());
  }
}

TEST(LevelsRecipe, WantsTargetsOnTheSameHalfLevels) {
  for (const Places& shape : {Places{5}, Places{}, Places{4, 2}}) {
    auto set = four_half_levels();
    set.variables.back().shape = shape;
    try {
      levels_recipe(set, sample_inputs);
      FAIL() << "the targets differ";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::data);
      EXPECT_EQ(error.facts().variable, "flux_up");
    }
  }
}

TEST(LevelsRecipe, WantsAnInputForX) {
  auto set = four_half_levels();
  set.variables.erase(set.variables.begin(), set.variables.begin() + 3);
  EXPECT_THROW(levels_recipe(set, 2), base::Error);
}

}  // namespace
}  // namespace colonnade::data
