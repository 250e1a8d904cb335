#include "data/layout_samples.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace colonnade::data {
namespace {

/// A recipe whose numbers need all their digits.
Recipe recipe_with_numbers(const std::string& layout) {
  auto recipe = layout == "flat" ? flat_recipe(four_half_levels(), sample_inputs, {})
                                 : levels_recipe(four_half_levels(), sample_inputs);
  set_transforms(recipe, {{"q", {Transform::Kind::root4}},
                          {"cloud", {Transform::Kind::clip, 1.0 / 3.0, 1e-300 + 1.0}}});
  for (auto& array : recipe.arrays)
    for (std::size_t i = 0; i < array.places.size(); ++i) {
      const double number = std::sqrt(static_cast<double>(i) + 2.0);
      array.encoding.statistics.count.push_back((std::int64_t{1} << 40) + 1);
      array.encoding.statistics.mean.push_back(number);
      array.encoding.statistics.std.push_back(number * 1e-310);
      array.encoding.statistics.min.push_back(-number * 1e300);
      array.encoding.statistics.max.push_back(number / 3.0);
      array.encoding.offset.push_back(-0.1 * number);
      array.encoding.scale.push_back(i % 3 == 0 ? 0.0 : number);
    }
  return recipe;
}

TEST(Recipe, ComesBackFromItsTextEqualInEveryBit) {
  for (const char* layout : {"flat", "levels"}) {
    const auto recipe = recipe_with_numbers(layout);
    const auto back = Recipe::from_text(recipe.text(), "");
    EXPECT_EQ(back, recipe);
    EXPECT_EQ(back.text(), recipe.text());
    EXPECT_EQ(back.array("x").encoding.statistics.std, recipe.array("x").encoding.statistics.std);
  }
}

TEST(Recipe, DiffersWhenOneNumberDoes) {
  const auto recipe = recipe_with_numbers("flat");
  auto other = recipe;
  auto& scale = other.array("y").encoding.scale.back();
  scale = std::nextafter(scale, 9.0);
  EXPECT_NE(other, recipe);
  EXPECT_NE(other.text(), recipe.text());
}

TEST(Recipe, ATextThatIsNoneIsADataErrorNamingTheFile) {
  const auto text = recipe_with_numbers("flat").text();
  auto unknown = text;
  unknown.replace(unknown.find("root4"), 5, "root9");
  // A number beyond all whole ones that the machine has: found by fuzzing.
  auto huge = text;
  const std::string place = "\"level\":1";
  huge.replace(huge.find(place), place.size(), "\"level\":1.5e77");
  for (const std::string& broken : {std::string(), std::string("{}"), std::string("[1, 2]"),
                                    text.substr(0, text.size() / 2), unknown, huge}) {
    try {
      Recipe::from_text(broken, "prepared.h5");
      FAIL() << broken.substr(0, 20) << " was read";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::data);
      EXPECT_EQ(error.facts().file, "prepared.h5");
    }
  }
}

}  // namespace
}  // namespace colonnade::data
