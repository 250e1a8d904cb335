#include "data/golden_files.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/heating_rate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

/// Physical values as they are, except pressures as log1p, normalised.
data::Recipe recipe_of(const std::vector<data::RawVariable>& inputs,
                       const std::vector<data::RawVariable>& targets) {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = inputs;
  set.variables.insert(set.variables.end(), targets.begin(), targets.end());
  auto recipe = data::flat_recipe(set, inputs.size(), {});
  for (auto& array : recipe.arrays) {
    array.encoding.offset.assign(array.places.size(), 0.0);
    array.encoding.scale.assign(array.places.size(), 1.0);
  }
  return recipe;
}

data::RawVariable vertical(const std::string& name, std::int64_t levels) {
  return {.name = name,
          .shape = {levels},
          .dimensions = {"half_level"},
          .feature_names = {},
          .feature_units = {},
          .units = "W m-2",
          .long_name = ""};
}

const std::vector<data::RawVariable> inputs{vertical("pressure_hl", 3), vertical("q", 2)};
const std::vector<data::RawVariable> targets{vertical("flux_up_sw", 3), vertical("flux_dn_sw", 3)};
constexpr double factor = 9.80665 / 1004.0 * 86400.0;

TEST(HeatingRates, FollowFromTheFluxes) {
  const HeatingRates rates(recipe_of(inputs, targets));
  ASSERT_EQ(rates.features().size(), 2U);
  EXPECT_EQ(rates.features()[1].name, "heating_rate_sw[1]");
  EXPECT_EQ(rates.features()[1].variable, "heating_rate_sw");
  EXPECT_EQ(rates.features()[1].units, "K d-1");
  EXPECT_EQ(rates.features()[1].level, 1);
  const std::vector<float> x{0, 200, 1000, -1, -1, 100, 300, 500, -1, -1};
  const auto pressures = rates.pressures_pa(x);
  EXPECT_EQ(pressures, (std::vector<float>{0, 200, 1000, 100, 300, 500}));
  // Net downward flux: 80, 70, 74; then 5, 5, 6.
  const std::vector<float> fluxes{20, 30, 25, 100, 100, 99, 0, 1, 2, 5, 6, 8};
  std::vector<float> found(4);
  rates.compute(fluxes, pressures, 0, found);
  EXPECT_FLOAT_EQ(found[0], static_cast<float>(factor * 10 / 200));
  EXPECT_FLOAT_EQ(found[1], static_cast<float>(-factor * 4 / 800));
  EXPECT_EQ(found[2], 0.0F);
  EXPECT_FLOAT_EQ(found[3], static_cast<float>(-factor * 1 / 200));
}

TEST(HeatingRates, TakeTransformsBack) {
  auto recipe = recipe_of(inputs, targets);
  auto& encoding = recipe.array("x").encoding;
  data::set_transforms(recipe, {{"pressure_hl", data::Transform::parse("log1p")}});
  encoding.offset[2] = 5.0;
  encoding.scale[2] = 2.0;
  std::vector<float> x{10, 300, 90000, 1, 1};
  encoding.encode_rows(x);
  const auto pressures = HeatingRates(recipe).pressures_pa(x);
  EXPECT_NEAR(pressures[0], 10, 1e-4);
  EXPECT_NEAR(pressures[1], 300, 1e-2);
  EXPECT_NEAR(pressures[2], 90000, 1);
}

TEST(HeatingRates, LeaveOutLayersWithoutTheirPressures) {
  auto recipe = recipe_of(inputs, targets);
  data::remove_features(recipe.array("x"), {0});
  recipe.array("x").encoding.offset.assign(4, 0.0);
  recipe.array("x").encoding.scale.assign(4, 1.0);
  const HeatingRates rates(recipe);
  ASSERT_EQ(rates.features().size(), 1U);
  EXPECT_EQ(rates.features()[0].level, 1);
}

TEST(HeatingRates, WantAPairOnTheHalfLevelsOfThePressure) {
  EXPECT_TRUE(HeatingRates(recipe_of({vertical("q", 3)}, targets)).features().empty());
  EXPECT_TRUE(
      HeatingRates(recipe_of(inputs, {vertical("flux_dn_sw", 3), vertical("flux_up_lw", 3)}))
          .features()
          .empty());
  EXPECT_TRUE(
      HeatingRates(recipe_of(inputs, {vertical("flux_dn_sw", 2), vertical("flux_up_sw", 2)}))
          .features()
          .empty());
}

TEST(HeatingRates, KnowTheirTwinsAmongTheTargets) {
  auto rate = vertical("hr_sw", 2);
  rate.units = "K d-1";
  auto other = vertical("hr_lw", 2);
  other.units = "K d-1";
  const std::vector<data::RawVariable> all{vertical("flux_up_sw", 3), rate, other,
                                           vertical("flux_dn_sw", 3)};
  const auto twins = HeatingRates(recipe_of(inputs, all)).twins();
  ASSERT_EQ(twins.size(), 2U);
  EXPECT_EQ(twins[1].target, 4U);
  EXPECT_EQ(twins[1].rate, 1U);
  EXPECT_TRUE(HeatingRates(recipe_of(inputs, targets)).twins().empty());
}

TEST(HeatingRates, RefuseALayerWithoutThickness) {
  const HeatingRates rates(recipe_of(inputs, targets));
  std::vector<float> found(4);
  try {
    rates.compute(std::vector<float>(12), std::vector<float>{0, 1, 2, 5, 7, 7}, 40, found);
    FAIL() << "a layer without thickness has a rate";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::data);
    EXPECT_EQ(error.facts().column, 41);
    EXPECT_EQ(error.facts().variable, "pressure_hl[2]");
  }
}

/// The rates that stand in the raw file were computed from fluxes in double, before these were
/// rounded to multiples of 2^-20 W m-2.
TEST(HeatingRates, EqualThoseOfTheRealColumns) {
  const std::string path = data::golden::shared_folder() + "/data/3dcorrection_tiny.nc";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "NOT SHOWN: no " << path;
  const mpi::Communicator comm;
  const auto set = data::RawSet::scan(
      comm, {path},
      {"hl_inputs", "flux_dn_sw", "flux_up_sw", "flux_dn_lw", "flux_up_lw", "hr_sw", "hr_lw"},
      "column");
  std::vector<float> raw(static_cast<std::size_t>(set.columns() * set.width()));
  data::RawReader(comm, set, {}).read({0, set.columns()}, raw);
  const std::vector<data::RawVariable> variables(set.variables.begin() + 1,
                                                 set.variables.begin() + 5);
  const auto recipe = recipe_of({set.variables.front()}, variables);
  const HeatingRates rates(recipe);
  ASSERT_EQ(rates.features().size(), 274U);
  std::size_t compared = 0;
  for (std::int64_t c = 0; c < set.columns(); ++c) {
    const auto row = std::span<const float>(raw).subspan(static_cast<std::size_t>(c * set.width()),
                                                         static_cast<std::size_t>(set.width()));
    const auto pressures = rates.pressures_pa(row.first(276));
    std::vector<float> found(274);
    rates.compute(row.subspan(276, 552), pressures, c, found);
    for (std::size_t i = 0; i < 274; ++i, ++compared) {
      const std::size_t k = i % 137;
      const double rounding = 3 * std::exp2(-20) + 1e-6;
      const double thickness_pa = pressures[k + 1] - pressures[k];
      ASSERT_NEAR(found[i], row[276 + 552 + i], rounding * (1 + factor / thickness_pa))
          << "column " << c << ", layer " << k;
    }
  }
  EXPECT_EQ(compared, static_cast<std::size_t>(set.columns()) * 274U);
}

TEST(HeatingRates, APressureLeftOutAsConstantIsKnownButMakesNoRate) {
  auto recipe = recipe_of(inputs, targets);
  auto& x = recipe.array("x");
  x.constants.push_back({x.encoding.features[0], x.places[0], 25.0});
  data::ArrayRecipe left{"x", {4}, {}, {}, x.constants};
  for (std::size_t i = 1; i < x.places.size(); ++i) {
    left.places.push_back(x.places[i]);
    left.encoding.features.push_back(x.encoding.features[i]);
    left.encoding.transforms.push_back(x.encoding.transforms[i]);
    left.encoding.offset.push_back(0.0);
    left.encoding.scale.push_back(1.0);
  }
  x = left;
  const HeatingRates rates(recipe);
  EXPECT_EQ(rates.pressures_pa(std::vector<float>{200, 1000, -1, -1, 300, 500, -1, -1}),
            (std::vector<float>{25, 200, 1000, 25, 300, 500}));
  ASSERT_EQ(rates.features().size(), 1U);
  EXPECT_EQ(rates.features()[0].level, 1);
  EXPECT_EQ(data::Recipe::from_text(recipe.text(), ""), recipe);
}

}  // namespace
