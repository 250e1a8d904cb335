// What dropout drops, and what its masks depend on.
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/mlp.hpp>

#include <gtest/gtest.h>
#include <nn/dropout.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace colonnade::nn {
namespace {

using Values = std::vector<float>;

TEST(Dropout, DropsThatPartAndKeepsTheMean) {
  constexpr std::int64_t rows = 400, width = 250;
  Values values(rows * width, 1.0F);
  Dropout(0.3, 2, rows, width)
      .forward(Precision::fp32, {.valid = rows, .seed = 5, .index = 9}, values.data());
  std::size_t dropped = 0;
  double sum = 0.0;
  for (const float value : values) {
    dropped += value == 0.0F ? 1 : 0;
    ASSERT_TRUE(value == 0.0F || std::abs(value - 1.0F / 0.7F) < 2e-5F);
    sum += static_cast<double>(value);
  }
  // Five standard errors.
  EXPECT_NEAR(static_cast<double>(dropped) / (rows * width), 0.3,
              5 * std::sqrt(0.21 / (rows * width)));
  EXPECT_NEAR(sum / (rows * width), 1.0, 5 * std::sqrt(0.3 / 0.7 / (rows * width)));
}

TEST(Dropout, DependsOnSeedMicroBatchLayerRowAndUnitAlone) {
  constexpr std::int64_t width = 31;
  const auto mask = [](std::uint64_t layer, std::int64_t rows, const TrainingRows& which) {
    Values values(static_cast<std::size_t>(rows * width), 1.0F);
    Dropout(0.5, layer, rows, width).forward(Precision::fp32, which, values.data());
    return values;
  };
  const Values first = mask(1, 20, {.valid = 20, .seed = 3, .index = 4});
  EXPECT_EQ(mask(1, 20, {.valid = 20, .seed = 3, .index = 4}), first);
  const Values shorter = mask(1, 12, {.valid = 7, .seed = 3, .index = 4});
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.begin() + 7 * width, first.begin()));
  EXPECT_EQ(shorter[7 * width], 0.0F) << "a row beyond";
  EXPECT_NE(mask(2, 20, {.valid = 20, .seed = 3, .index = 4}), first);
  EXPECT_NE(mask(1, 20, {.valid = 20, .seed = 2, .index = 4}), first);
  EXPECT_NE(mask(1, 20, {.valid = 20, .seed = 3, .index = 14}), first);
}

TEST(Dropout, IsNotInPredictions) {
  const MlpShape shape{.widths = {5, 40, 3}, .dropout = 0.5};
  Values weights(parameter_count(shape));
  initialise(shape, 4, weights);
  constexpr std::int64_t columns = 16;
  Values x;
  for (std::int64_t i = 0; i < columns * 5; ++i)
    x.push_back(static_cast<float>(std::sin(0.3 + 1.7 * static_cast<double>(i))));
  MlpKernel with(shape, columns), without(folded(shape), columns);
  with.set_weights(weights);
  without.set_weights(weights);
  const float* const y = without.forward(x.data());
  const Values expected(y, y + columns * 3);
  const TrainingRows rows{.valid = columns};
  EXPECT_FALSE(std::equal(expected.begin(), expected.end(), with.forward(x.data(), &rows)));
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), with.forward(x.data())));
}

}  // namespace
}  // namespace colonnade::nn
