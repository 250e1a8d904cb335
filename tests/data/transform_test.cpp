#include <colonnade/base/error.hpp>
#include <colonnade/data/transform.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using Kind = Transform::Kind;

float applied(const Transform& transform, float value) {
  transform.apply(&value, 1);
  return value;
}

TEST(Transform, ComputesItsFunctionAndKeepsTheSign) {
  EXPECT_EQ(applied({}, -3.0F), -3.0F);
  EXPECT_EQ(applied({Kind::root2}, 9.0F), 3.0F);
  EXPECT_EQ(applied({Kind::root2}, -9.0F), -3.0F);
  EXPECT_EQ(applied({Kind::root4}, 81.0F), 3.0F);
  EXPECT_EQ(applied({Kind::root4}, -81.0F), -3.0F);
  EXPECT_FLOAT_EQ(applied({Kind::log1p}, std::expm1(2.0F)), 2.0F);
  EXPECT_FLOAT_EQ(applied({Kind::log1p}, -std::expm1(2.0F)), -2.0F);
  EXPECT_EQ(applied({Kind::clip, -1.0, 2.0}, -7.0F), -1.0F);
  EXPECT_EQ(applied({Kind::clip, -1.0, 2.0}, 7.0F), 2.0F);
  EXPECT_EQ(applied({Kind::clip, -1.0, 2.0}, 0.5F), 0.5F);
  for (const auto kind : {Kind::identity, Kind::root2, Kind::root4, Kind::log1p})
    EXPECT_EQ(applied({kind}, 0.0F), 0.0F);
}

TEST(Transform, InverseTakesItBack) {
  int compared = 0;
  for (const auto kind : {Kind::identity, Kind::root2, Kind::root4, Kind::log1p})
    for (const float value : {-1e4F, -1.5F, -1e-6F, 0.0F, 1e-8F, 0.3F, 1.0F, 101325.0F}) {
      float there = value;
      Transform{kind}.apply(&there, 1);
      Transform{kind}.invert(&there, 1);
      EXPECT_NEAR(there, value, 1e-5 * std::abs(value));
      ++compared;
    }
  EXPECT_EQ(compared, 32);
}

TEST(Transform, AppliesToAsManyValuesAsItIsTold) {
  std::vector<float> values{4.0F, 9.0F, 16.0F};
  Transform{Kind::root2}.apply(values.data(), 2);
  EXPECT_EQ(values, (std::vector<float>{2.0F, 3.0F, 16.0F}));
}

TEST(Transform, TextComesBackAsTheSameTransform) {
  for (const Transform& transform :
       {Transform{}, Transform{Kind::root2}, Transform{Kind::root4}, Transform{Kind::log1p},
        Transform{Kind::clip, -0.1, 1e-300}, Transform{Kind::clip, 1.0 / 3.0, 2.0}})
    EXPECT_EQ(Transform::parse(transform.text()), transform) << transform.text();
}

TEST(Transform, RefusesWhatItDoesNotKnowAndNamesWhatItDoes) {
  for (const char* text : {"", "root3", "clip", "clip:", "clip:1", "clip:2:1", "clip:1:1",
                           "clip:0:1x", "clip:a:b", "Root2", "clip:nan:1"}) {
    try {
      Transform::parse(text);
      FAIL() << text << " was understood";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
      EXPECT_EQ(error.facts().value, text);
      EXPECT_NE(error.facts().hint.find("root4"), std::string::npos);
    }
  }
}

TEST(ParseTransforms, ReadsPairsOfVariableAndTransform) {
  const auto transforms = parse_transforms("  q_liquid=root4 pressure_hl=log1p\tcloud=clip:0:1 ");
  ASSERT_EQ(transforms.size(), 3U);
  EXPECT_EQ(transforms.at("q_liquid"), Transform{Kind::root4});
  EXPECT_EQ(transforms.at("pressure_hl"), Transform{Kind::log1p});
  EXPECT_EQ(transforms.at("cloud"), (Transform{Kind::clip, 0.0, 1.0}));
  EXPECT_TRUE(parse_transforms("").empty());
  EXPECT_THROW(parse_transforms("q_liquid"), base::Error);
  EXPECT_THROW(parse_transforms("=root2"), base::Error);
  EXPECT_THROW(parse_transforms("q=root2 t=root5"), base::Error);
}

}  // namespace
}  // namespace colonnade::data
