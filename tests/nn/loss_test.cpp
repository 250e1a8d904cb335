#include <colonnade/base/error.hpp>
#include <colonnade/nn/loss.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace colonnade::nn {
namespace {

constexpr std::array all_losses{Loss::mse, Loss::mae, Loss::huber};

TEST(Loss, ValuesAndSlopesByHand) {
  // The differences are -2, -0.5, 0 and 3.
  const std::vector<float> prediction{-1.0F, 0.5F, 4.0F, 5.0F};
  const std::vector<float> target{1.0F, 1.0F, 4.0F, 2.0F};
  const std::array<double, 3> sums{4.0 + 0.25 + 9.0, 2.0 + 0.5 + 3.0, 1.5 + 0.125 + 2.5};
  const std::array<std::vector<float>, 3> slopes{
      {{-4.0F, -1.0F, 0.0F, 6.0F}, {-1.0F, -1.0F, 0.0F, 1.0F}, {-1.0F, -0.5F, 0.0F, 1.0F}}};
  for (std::size_t k = 0; k < all_losses.size(); ++k) {
    std::vector<float> dy(4, 99.0F);
    const double sum = loss_and_gradient({.loss = all_losses[k]}, prediction.data(), target.data(),
                                         2, 2, 2, 0.5, dy.data());
    EXPECT_DOUBLE_EQ(sum, sums[k]);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(dy[i], 0.5F * slopes[k][i]) << k << ' ' << i;
  }
}

TEST(Loss, RowsBeyondTheValidColumnsCountForNothing) {
  constexpr std::int64_t columns = 9;
  constexpr std::int64_t outputs = 5;
  std::vector<float> prediction(columns * outputs, std::numeric_limits<float>::quiet_NaN());
  const std::vector<float> target(columns * outputs, 0.0F);
  for (std::int64_t valid = 0; valid <= columns; ++valid) {
    for (std::int64_t i = 0; i < valid * outputs; ++i)
      prediction[static_cast<std::size_t>(i)] = static_cast<float>(i + 1);
    std::vector<float> dy(columns * outputs, 99.0F);
    const double n = static_cast<double>(valid * outputs);
    EXPECT_EQ(loss_and_gradient({.loss = Loss::mae}, prediction.data(), target.data(), valid,
                                columns, outputs, 1.0, dy.data()),
              n * (n + 1.0) / 2.0);
    for (std::size_t i = 0; i < dy.size(); ++i)
      ASSERT_EQ(dy[i], i < static_cast<std::size_t>(valid * outputs) ? 1.0F : 0.0F);
  }
}

TEST(Loss, OrderOfTheSumIsThatOfSixteenLanes) {
  constexpr std::size_t count = 16 * 37 + 5;
  std::vector<float> prediction(count);
  const std::vector<float> target(count, 0.1F);
  for (std::size_t i = 0; i < count; ++i)
    prediction[i] =
        std::ldexp(1.0F + static_cast<float>(i) * 0x1p-20F, static_cast<int>(i % 19 * 3));
  std::array<double, 16> lanes{};
  for (std::size_t i = 0; i < count; ++i) {
    const float d = prediction[i] - target[i];
    lanes[i % 16] += static_cast<double>(d * d);
  }
  for (std::size_t width = 8; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  EXPECT_EQ(loss_sum({.loss = Loss::mse}, prediction.data(), target.data(), 1, count), lanes[0]);
}

TEST(Loss, SumAloneHasTheSameBits) {
  constexpr std::int64_t columns = 31;
  constexpr std::int64_t outputs = 23;
  std::vector<float> prediction(columns * outputs);
  std::vector<float> target(columns * outputs);
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    prediction[i] = std::sin(static_cast<float>(i));
    target[i] = 2.0F * std::cos(static_cast<float>(3 * i));
  }
  std::vector<float> dy(prediction.size());
  for (const Loss loss : all_losses) {
    const double sum = loss_and_gradient({.loss = loss}, prediction.data(), target.data(), columns,
                                         columns, outputs, 1.0, dy.data());
    EXPECT_GT(sum, 1.0);
    EXPECT_EQ(loss_sum({.loss = loss}, prediction.data(), target.data(), columns, outputs), sum);
  }
}

TEST(Loss, NotANumberIsNotHidden) {
  const float target = 1.0F;
  const float prediction = std::numeric_limits<float>::quiet_NaN();
  for (const Loss loss : all_losses)
    EXPECT_TRUE(std::isnan(loss_sum({.loss = loss}, &prediction, &target, 1, 1))) << name_of(loss);
}

TEST(Loss, NamesGoBothWays) {
  for (const auto* name : {"mse", "mae", "huber", "bce", "cross-entropy"})
    EXPECT_EQ(name_of(loss_from_name(name)), name);
  EXPECT_THROW(loss_from_name("l2"), base::Error);
}

}  // namespace
}  // namespace colonnade::nn
