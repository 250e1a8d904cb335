// Weighted losses and losses of flux differences against a reference in double precision, and
// gradients against finite differences of it.

#include <colonnade/nn/loss.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace colonnade::nn {
namespace {

constexpr std::int64_t columns = 7, valid_columns = 5, outputs = 43;

std::vector<float> pattern(std::size_t count, double phase) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::sin(phase + 1.7 * static_cast<double>(i * i % 9973)));
  return values;
}

std::vector<float> positive(std::size_t count, double phase) {
  auto values = pattern(count, phase);
  for (float& value : values) value = 0.5F + std::abs(value);
  return values;
}

/// Outputs 1 to 18 and 20 to 37 are the fluxes at 18 half levels; 3 to 5 and 40 to 42 those at 3.
Objective objective_of(Loss loss) {
  Objective objective{.loss = loss, .weights = positive(outputs, 0.7), .flux_weight = 1.75F};
  for (const auto& [down, up, count] :
       {std::array<std::size_t, 3>{1, 20, 17}, std::array<std::size_t, 3>{40, 3, 2}})
    objective.fluxes.push_back({.down = down,
                                .up = up,
                                .down_scale = positive(count + 1, 0.2),
                                .up_scale = positive(count + 1, 2.9),
                                .factor = pattern(count, 1.3)});
  return objective;
}

double pointwise(Loss loss, double d) {
  if (loss == Loss::mse) return d * d;
  if (loss == Loss::huber && std::abs(d) < 1.0) return 0.5 * d * d;
  return std::abs(d) - (loss == Loss::huber ? 0.5 : 0.0);
}

double reference(const Objective& objective, const std::vector<double>& prediction,
                 const std::vector<float>& target) {
  double sum = 0.0;
  for (std::size_t row = 0; row < valid_columns * outputs; row += outputs) {
    const auto error = [&](std::size_t i) { return prediction[row + i] - target[row + i]; };
    for (std::size_t i = 0; i < outputs; ++i)
      sum += static_cast<double>(objective.weights[i]) * pointwise(objective.loss, error(i));
    for (const auto& [down, up, down_scale, up_scale, factor] : objective.fluxes) {
      const auto net = [&, down = down, up = up](std::size_t k) {
        return static_cast<double>(down_scale[k]) * error(down + k) -
               static_cast<double>(up_scale[k]) * error(up + k);
      };
      for (std::size_t k = 0; k < factor.size(); ++k)
        sum += static_cast<double>(objective.flux_weight) *
               pointwise(objective.loss, static_cast<double>(factor[k]) * (net(k + 1) - net(k)));
    }
  }
  return sum;
}

class ObjectiveOf : public testing::TestWithParam<Loss> {};

TEST_P(ObjectiveOf, HasTheGradientOfFiniteDifferences) {
  const Objective objective = objective_of(GetParam());
  const auto prediction = pattern(columns * outputs, 0.3);
  auto target = pattern(columns * outputs, 1.1);
  for (float& value : target) value *= 2.0F;
  constexpr double scale = 0.25;
  std::vector<float> dy(prediction.size(), std::numeric_limits<float>::quiet_NaN());
  const double sum = loss_and_gradient(objective, prediction.data(), target.data(), valid_columns,
                                       columns, outputs, scale, dy.data());
  std::vector<double> moved(prediction.begin(), prediction.end());
  const double expected = reference(objective, moved, target);
  EXPECT_NEAR(sum, expected, 1e-5 * expected);
  EXPECT_EQ(loss_sum(objective, prediction.data(), target.data(), valid_columns, outputs), sum);

  constexpr double nudge = 1e-6;
  int compared = 0;
  for (std::size_t i = 0; i < moved.size(); ++i, ++compared) {
    const double kept = moved[i];
    moved[i] = kept + nudge;
    const double above = reference(objective, moved, target);
    moved[i] = kept - nudge;
    const double slope = scale * (above - reference(objective, moved, target)) / (2.0 * nudge);
    moved[i] = kept;
    ASSERT_NEAR(dy[i], slope, 1e-5) << "output " << i;
    ASSERT_TRUE(i < valid_columns * outputs || dy[i] == 0.0F);
  }
  EXPECT_EQ(compared, columns * outputs);
}

TEST_P(ObjectiveOf, EqualWeightsAreThePlainLoss) {
  const auto prediction = pattern(columns * outputs, 0.3), target = pattern(columns * outputs, 1.1);
  std::vector<float> plain(prediction.size()), weighted(prediction.size());
  const auto sum_with = [&](const Objective& objective, std::vector<float>& dy) {
    return loss_and_gradient(objective, prediction.data(), target.data(), columns, columns, outputs,
                             0.5, dy.data());
  };
  const double expected = sum_with({.loss = GetParam()}, plain);
  const Objective equal{.loss = GetParam(), .weights = std::vector<float>(outputs, 1.0F)};
  EXPECT_NEAR(sum_with(equal, weighted), expected, 1e-12 * expected);
  EXPECT_EQ(weighted, plain);
}

INSTANTIATE_TEST_SUITE_P(Losses, ObjectiveOf, testing::Values(Loss::mse, Loss::mae, Loss::huber));

TEST(Objective, NotANumberInOneLayerIsNotHidden) {
  const auto objective = objective_of(Loss::mae);
  auto prediction = pattern(outputs, 0.3);
  const auto target = pattern(outputs, 1.1);
  prediction[30] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(loss_sum(objective, prediction.data(), target.data(), 1, outputs)));
}

TEST(Objective, LayersLieAmongTheOutputs) {
  auto objective = objective_of(Loss::mae);
  objective.fluxes[1].down = 41;
  const auto values = pattern(outputs, 0.3);
  EXPECT_THROW(loss_sum(objective, values.data(), values.data(), 1, outputs), std::logic_error);
  objective.fluxes.clear();
  objective.weights.pop_back();
  EXPECT_THROW(loss_sum(objective, values.data(), values.data(), 1, outputs), std::logic_error);
}

}  // namespace
}  // namespace colonnade::nn
