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
  for (const auto kind : {Kind::root2, Kind::root4, Kind::log1p})
    EXPECT_EQ(applied(kind, 0.0F), 0.0F);
}

TEST(Transform, InverseTakesItBack) {
  int compared = 0;
  for (const auto kind : {Kind::root2, Kind::root4, Kind::log1p})
    for (const float value : {-1e4F, -1.5F, -1e-6F, 0.0F, 1e-8F, 0.3F, 1.0F, 101325.0F}) {
      float there = value;
      Transform(kind).apply(&there, 1);
      Transform(kind).invert(&there, 1);
      EXPECT_NEAR(there, value, 1e-5 * std::abs(value));
      ++compared;
    }
  EXPECT_EQ(compared, 24);
}

TEST(Transform, StepsApplyOneAfterTheOther) {
  EXPECT_EQ(applied({Kind::scale, 0.25}, 10.0F), 2.5F);
  EXPECT_EQ(applied({Kind::scale, 0.1}, 3.0F), static_cast<float>(3.0 * 0.1)) << "rounded once";
  EXPECT_EQ(applied({Kind::offset, -400.0}, 330.0F), -70.0F);
  EXPECT_FLOAT_EQ(applied({Kind::log}, 20.0F), std::log(20.0F));
  EXPECT_EQ(applied({Kind::fill, 7.0}, std::nanf("")), 7.0F);
  EXPECT_EQ(applied({Kind::fill, 7.0}, -3.0F), -3.0F);
  const auto reflectance = Transform::parse("scale:0.00025|clip:0:1");
  EXPECT_EQ(applied(reflectance, 2000.0F), 0.5F);
  EXPECT_EQ(applied(reflectance, 9000.0F), 1.0F);
  EXPECT_EQ(applied(reflectance, -50.0F), 0.0F);
  const auto temperature = Transform::parse("fill:0|offset:-400");
  EXPECT_EQ(applied(temperature, std::nanf("")), -400.0F);
  EXPECT_EQ(applied(temperature, 500.0F), 100.0F);
  EXPECT_TRUE(std::isnan(applied(Transform::parse("clip:0:1"), std::nanf(""))));
}

TEST(Transform, TellsWhetherItFillsOrLeavesTheNumbers) {
  EXPECT_TRUE(Transform::parse("fill:0|log").fills());
  EXPECT_FALSE(Transform::parse("root2|clip:0:1").fills());
  EXPECT_FALSE(Transform::parse("root2|clip:0:1|fill:3").may_leave_numbers());
  for (const char* text : {"log", "fill:1|log", "scale:2", "root4|offset:1"})
    EXPECT_TRUE(Transform::parse(text).may_leave_numbers()) << text;
  EXPECT_TRUE(Transform::parse("identity").is_identity());
  EXPECT_TRUE(Transform::parse("identity|identity").is_identity());
}

TEST(Transform, InverseOfAChainGoesBackwards) {
  for (const char* text : {"scale:0.00025|offset:3", "offset:300|log", "log1p|scale:-2|offset:1",
                           "fill:0|scale:3", "root2|clip:-200:200"})
    for (const float value : {-250.0F, -1.5F, 0.0F, 12.0F, 4000.0F}) {
      float there = value;
      const auto chain = Transform::parse(text);
      chain.apply(&there, 1);
      chain.invert(&there, 1);
      EXPECT_NEAR(there, value, 1e-4 * std::abs(value) + 1e-3) << text;
    }
}

TEST(Transform, AppliesToAsManyValuesAsItIsTold) {
  std::vector<float> values{4.0F, 9.0F, 16.0F};
  Transform{Kind::root2}.apply(values.data(), 2);
  EXPECT_EQ(values, (std::vector<float>{2.0F, 3.0F, 16.0F}));
}

TEST(Transform, TextComesBackAsTheSameTransform) {
  for (const Transform& transform :
       {Transform{}, Transform{Kind::root2}, Transform{Kind::root4}, Transform{Kind::log1p},
        Transform{Kind::clip, -0.1, 1e-300}, Transform{Kind::clip, 1.0 / 3.0, 2.0},
        Transform{Kind::scale, 0.1}, Transform{Kind::offset, -1.0 / 3.0},
        Transform{Kind::fill, 1e-9}, Transform{Kind::log},
        Transform::parse("fill:0|scale:0.00025|clip:0:1|root4")})
    EXPECT_EQ(Transform::parse(transform.text()), transform) << transform.text();
}

TEST(Transform, RefusesWhatItDoesNotKnowAndNamesWhatItDoes) {
  for (const char* text : {"",           "root3",       "clip",       "clip:",     "clip:1",
                           "clip:2:1",   "clip:1:1",    "clip:0:1x",  "clip:a:b",  "Root2",
                           "clip:nan:1", "scale",       "scale:0",    "scale:1:2", "scale:inf",
                           "offset:x",   "fill:nan",    "fill:",      "log:2",     "root2|",
                           "|root2",     "root2|root3", "scale:1e-60"}) {
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
