#include "data/layout_samples.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using Names = std::vector<std::string>;

/// The names of the features of x under a selection.
Names names_of(const Selection& selection) {
  const auto recipe = flat_recipe(four_half_levels(), sample_inputs, selection);
  Names names;
  for (const auto& feature : recipe.array("x").encoding.features) names.push_back(feature.name);
  return names;
}

base::Error refusal_of(const Selection& selection) {
  try {
    flat_recipe(four_half_levels(), sample_inputs, selection);
  } catch (const base::Error& error) {
    return error;
  }
  throw std::logic_error("the selection was accepted");
}

TEST(FlatRecipe, FlattensRowMajorAndConcatenates) {
  const auto recipe = flat_recipe(four_half_levels(), sample_inputs, {});
  const auto& x = recipe.array("x");
  std::vector<std::int64_t> all(22), targets(8);
  std::iota(all.begin(), all.end(), 0);
  std::iota(targets.begin(), targets.end(), 22);
  EXPECT_EQ(x.places, all);
  EXPECT_EQ(x.shape, std::vector<std::int64_t>{22});
  EXPECT_EQ(recipe.array("y").places, targets);
  EXPECT_EQ(names_of({}), (Names{"pressure[0]", "temperature[0]", "pressure[1]", "temperature[1]",
                                 "pressure[2]", "temperature[2]", "pressure[3]", "temperature[3]",
                                 "overlap[0]",  "overlap[1]",     "zenith",      "albedo",
                                 "skin",        "q[0]",           "cloud[0]",    "q[1]",
                                 "cloud[1]",    "q[2]",           "cloud[2]",    "ozone[0]",
                                 "ozone[1]",    "ozone[2]"}));
}

TEST(FlatRecipe, KeepsUnitsAndLevels) {
  const auto recipe = flat_recipe(four_half_levels(), sample_inputs, {});
  const auto& x = recipe.array("x").encoding.features;
  EXPECT_EQ(x[3], (Feature{"temperature[1]", "temperature", "K", 1}));
  EXPECT_EQ(x[10], (Feature{"zenith", "zenith", "1", -1}));
  EXPECT_EQ(recipe.array("y").encoding.features[7], (Feature{"flux_up[3]", "flux_up", "W m-2", 3}));
  EXPECT_THROW(static_cast<void>(recipe.array("edge")), std::logic_error);
}

TEST(Selection, PicksByNameLevelRangeAndRawVariable) {
  EXPECT_EQ(names_of({{"q"}, {}}), (Names{"q[0]", "q[1]", "q[2]"}));
  EXPECT_EQ(names_of({{"q[1]"}, {}}), Names{"q[1]"});
  EXPECT_EQ(names_of({{"pressure[1:3]"}, {}}), (Names{"pressure[1]", "pressure[2]"}));
  EXPECT_EQ(names_of({{"sca"}, {}}), (Names{"zenith", "albedo", "skin"}));
  EXPECT_EQ(names_of({{"cloud", "zenith"}, {}}),
            (Names{"zenith", "cloud[0]", "cloud[1]", "cloud[2]"}));
  EXPECT_EQ(names_of({{"q[2:3]"}, {}}), Names{"q[2]"});
}

TEST(Selection, DropsWhatIsNamed) {
  EXPECT_EQ(names_of({{}, {"hl", "col", "ozone", "overlap[0]"}}),
            (Names{"overlap[1]", "zenith", "albedo", "skin"}));
  EXPECT_EQ(names_of({{"col"}, {"q", "cloud[0:2]"}}), Names{"cloud[2]"});
}

TEST(Selection, NamesWhatTheInputsHaveWhenAWordFitsNone) {
  for (const char* word : {"salinity", "zenith[0]", "flux_up"}) {
    const auto error = refusal_of({{word}, {}});
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    EXPECT_EQ(error.facts().value, word);
    EXPECT_NE(error.facts().hint.find("albedo, cloud, overlap, ozone, pressure"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(refusal_of({{}, {"salinity"}}).facts().value, "salinity");
}

TEST(Selection, RefusesLevelsBeyondTheLast) {
  for (const char* word : {"q[3]", "q[7:9]", "q[2:4]"}) {
    const auto error = refusal_of({{"pressure", word}, {}});
    EXPECT_EQ(error.kind(), base::ErrorKind::usage) << word;
    EXPECT_EQ(error.facts().value, word);
    EXPECT_NE(error.facts().hint.find("q has levels 0 to 2"), std::string::npos) << error.what();
  }
}

TEST(Selection, RefusesWordsThatAreNoFeature) {
  for (const char* word : {"q[", "q[]", "q[a]", "q[1", "q[1:]", "q[2:1]", "q[1:1]", "q[1]x"}) {
    const auto error = refusal_of({{word}, {}});
    EXPECT_EQ(error.kind(), base::ErrorKind::usage) << word;
    EXPECT_EQ(error.sentence(), "not a feature") << word;
  }
}

TEST(Selection, RefusesToLeaveNothing) {
  EXPECT_EQ(refusal_of({{"q"}, {"col"}}).sentence(), "no feature is left");
}

TEST(RemoveFeatures, TakesPlacesFeaturesAndTransformsTogether) {
  auto recipe = flat_recipe(four_half_levels(), sample_inputs, {{"q", "zenith"}, {}});
  set_transforms(recipe, {{"q", {Transform::Kind::root4}}});
  auto& x = recipe.array("x");
  remove_features(x, {1, 3});
  EXPECT_EQ(x.places, (std::vector<std::int64_t>{10, 15}));
  EXPECT_EQ(x.shape, std::vector<std::int64_t>{2});
  EXPECT_EQ(x.encoding.features[1].name, "q[1]");
  EXPECT_EQ(x.encoding.transforms[0], Transform{});
  EXPECT_EQ(x.encoding.transforms[1], Transform{Transform::Kind::root4});
}

TEST(SetTransforms, ReachInputsAndTargetsAndRefuseUnknownNames) {
  auto recipe = flat_recipe(four_half_levels(), sample_inputs, {});
  set_transforms(recipe, {{"q", {Transform::Kind::root4}}, {"flux_up", {Transform::Kind::root2}}});
  int q = 0, flux = 0;
  for (const auto& transform : recipe.array("x").encoding.transforms)
    q += transform == Transform{Transform::Kind::root4} ? 1 : 0;
  for (const auto& transform : recipe.array("y").encoding.transforms)
    flux += transform == Transform{Transform::Kind::root2} ? 1 : 0;
  EXPECT_EQ(q, 3);
  EXPECT_EQ(flux, 4);
  try {
    set_transforms(recipe, {{"salinity", {}}});
    FAIL() << "an unknown variable was accepted";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    EXPECT_EQ(error.facts().value, "salinity");
  }
}

TEST(CompactNames, JoinLevelsToRanges) {
  const auto features =
      flat_recipe(four_half_levels(), sample_inputs, {}).array("x").encoding.features;
  EXPECT_EQ(compact_names(features, {0, 2, 4, 10, 13, 17, 20}),
            (Names{"pressure[0:3]", "zenith", "q[0]", "q[2]", "ozone[1]"}));
  EXPECT_TRUE(compact_names(features, {}).empty());
}

}  // namespace
}  // namespace colonnade::data
