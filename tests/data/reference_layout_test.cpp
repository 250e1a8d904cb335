#include <colonnade/data/reference_layout.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <set>

namespace colonnade::data {
namespace {

std::size_t values(const ReferenceVariable& variable) {
  return std::accumulate(variable.shape.begin(), variable.shape.end(), std::size_t{1},
                         std::multiplies<>());
}

TEST(ReferenceLayout, HasTheNumberOfInputsAndTargetsOfTheFlatOrder) {
  std::size_t inputs = 0;
  std::size_t targets = 0;
  bool seen_target = false;
  for (const auto& variable : reference_variables()) {
    (variable.target ? targets : inputs) += values(variable);
    EXPECT_FALSE(seen_target && !variable.target) << "inputs stand before targets";
    seen_target = seen_target || variable.target;
  }
  EXPECT_EQ(inputs, 4128U);
  EXPECT_EQ(targets, 552U);
  EXPECT_EQ(reference_variables().size(), 8U);
}

TEST(ReferenceLayout, NamesEveryFeatureOfTheInputsOnceWithItsUnit) {
  std::size_t named = 0;
  std::set<std::string> distinct;
  for (const auto& variable : reference_variables()) {
    ASSERT_EQ(variable.dimension_names.size(), variable.shape.size()) << variable.name;
    ASSERT_EQ(variable.feature_names.size(), variable.feature_units.size()) << variable.name;
    if (variable.target) {
      EXPECT_TRUE(variable.feature_names.empty());
      EXPECT_EQ(variable.units, "W m-2");
      continue;
    }
    EXPECT_EQ(variable.feature_names.size(), variable.shape.back()) << variable.name;
    named += variable.feature_names.size();
    distinct.insert(variable.feature_names.begin(), variable.feature_names.end());
  }
  EXPECT_EQ(named, 47U);
  EXPECT_EQ(distinct.size(), 47U);
}

TEST(ReferenceLayout, PutsFeaturesAndUnitsInThePublicOrder) {
  const auto& variables = reference_variables();
  const auto& scalars = variables[2];
  ASSERT_EQ(scalars.name, "sca_inputs");
  EXPECT_EQ(scalars.feature_names[8], "sw_albedo_direct_band_0");
  EXPECT_EQ(scalars.feature_units[0], "K");
  EXPECT_EQ(scalars.feature_units[15], "1");
  EXPECT_EQ(scalars.feature_units[16], "W m-2");
  const auto& levels = variables[3];
  ASSERT_EQ(levels.name, "col_inputs");
  EXPECT_EQ(levels.feature_names[10], "cloud_fraction");
  EXPECT_EQ(levels.feature_units[10], "1");
  EXPECT_EQ(levels.feature_names[22], "aerosol_mmr_11");
  EXPECT_EQ(levels.feature_units[24], "kg kg-1");
  EXPECT_EQ(levels.feature_units[25], "m");
}

}  // namespace
}  // namespace colonnade::data
