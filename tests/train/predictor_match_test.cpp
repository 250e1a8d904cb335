#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/predictor_match.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

data::RawSet sample_set() {
  data::RawVariable scalars;
  scalars.name = "scalars";
  scalars.shape = {2};
  scalars.dimensions = {"kind"};
  scalars.feature_names = {"albedo", "sun"};
  data::RawVariable air;
  air.name = "T";
  air.shape = {3};
  air.dimensions = {"level"};
  air.units = "K";
  data::RawVariable rate = air;
  rate.name = "dT";
  data::RawSet set;
  set.files = {{"raw_0.nc", 0, 5, {}}, {"raw_1.nc", 0, 5, {}}};
  set.column_dim = "column";
  set.variables = {scalars, air, rate};
  return set;
}

data::Recipe sample_recipe() {
  auto recipe = data::flat_recipe(sample_set(), 2, {});
  for (auto& array : recipe.arrays) {
    array.encoding.offset.assign(array.places.size(), 0.5);
    array.encoding.scale.assign(array.places.size(), 2.0);
  }
  return recipe;
}

void remove_last_input(data::Recipe& recipe) {
  auto& x = recipe.array("x");
  data::remove_features(x, {4});
  x.encoding.offset.assign(4, 0.5);
  x.encoding.scale.assign(4, 2.0);
}

/// The variable that the refusal of `work` names; "" when nothing is refused.
std::string refused(const std::function<void()>& work, const std::string& file) {
  try {
    work();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::data);
    EXPECT_EQ(error.facts().file, file);
    return error.facts().variable;
  }
  return "";
}

std::string refused_change(const std::function<void(data::Recipe&)>& change) {
  auto changed = sample_recipe();
  change(changed);
  return refused([&] { expect_same_encoding(sample_recipe(), changed, "data.h5"); }, "data.h5");
}

TEST(ExpectSameEncoding, NamesTheFirstFeatureThatDiffers) {
  EXPECT_EQ(refused_change([](auto&) {}), "");
  EXPECT_EQ(refused_change([](auto& r) { r.array("x").encoding.features[1].name = "moon"; }),
            "sun");
  EXPECT_EQ(refused_change([](auto& r) { r.array("x").encoding.offset[3] = 0.25; }), "T[1]");
  EXPECT_EQ(refused_change([](auto& r) { r.array("y").encoding.scale[2] = 0.0; }), "dT[2]");
  EXPECT_EQ(refused_change([](auto& r) {
              data::set_transforms(r, {{"T", data::Transform::parse("log1p")}});
            }),
            "T[0]");
  EXPECT_EQ(refused_change([](auto& r) { remove_last_input(r); }), "T[2]");
}

TEST(ExpectSameEncoding, NamesAFeatureThatTheModelDoesNotKnow) {
  auto model = sample_recipe();
  remove_last_input(model);
  EXPECT_EQ(refused([&] { expect_same_encoding(model, sample_recipe(), "data.h5"); }, "data.h5"),
            "T[2]");
}

TEST(ExpectSameEncoding, RefusesAnotherLayout) {
  auto levels = sample_recipe();
  levels.layout = "levels";
  EXPECT_THROW(expect_same_encoding(sample_recipe(), levels, "data.h5"), base::Error);
}

std::string refused_set(const std::function<void(data::RawSet&)>& change) {
  auto set = sample_set();
  set.variables.pop_back();
  change(set);
  return refused([&] { expect_same_inputs(sample_recipe(), set); }, "raw_0.nc");
}

TEST(ExpectSameInputs, NamesTheFirstFeatureThatDiffers) {
  EXPECT_EQ(refused_set([](auto&) {}), "");
  EXPECT_EQ(refused_set([](auto& set) { set.variables[1].shape = {4}; }), "T");
  EXPECT_EQ(refused_set([](auto& set) {
              set.variables[0].feature_names = {"sun", "albedo"};
            }),
            "albedo");
  EXPECT_EQ(refused_set([](auto& set) { set.variables[1].units = "degC"; }), "T[0]");
  EXPECT_EQ(refused_set([](auto& set) { set.variables[1].units = ""; }), "");
}

}  // namespace
