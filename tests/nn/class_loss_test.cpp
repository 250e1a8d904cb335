// Losses of classes against a reference in double precision, and gradients against finite
// differences of it.

#include <colonnade/nn/loss.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace colonnade::nn {
namespace {

constexpr std::size_t outputs = 5, columns = 9, valid_columns = 7;

/// Logits within -6 and 6, without symmetry.
std::vector<float> logits() {
  std::vector<float> values(columns * outputs);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(6.0 * std::sin(0.4 + 1.7 * static_cast<double>(i * i % 9973)));
  return values;
}

/// One class a column for cross_entropy; none to all of them for bce.
std::vector<float> targets(Loss loss) {
  std::vector<float> values(columns * outputs);
  for (std::size_t column = 0; column < columns; ++column)
    for (std::size_t k = 0; k < outputs; ++k)
      values[column * outputs + k] =
          (loss == Loss::cross_entropy ? k == 3 * column % outputs : (column >> k & 1U) != 0)
              ? 1.0F
              : 0.0F;
  return values;
}

double reference(const Objective& objective, const std::vector<double>& z,
                 const std::vector<float>& t) {
  double sum = 0.0;
  for (std::size_t row = 0; row < valid_columns * outputs; row += outputs) {
    double exponentials = 0.0;
    for (std::size_t k = 0; k < outputs; ++k) exponentials += std::exp(z[row + k]);
    for (std::size_t k = 0; k < outputs; ++k) {
      const double weight = objective.class_weights.empty() ? 1.0 : objective.class_weights[k];
      const double probability = objective.loss == Loss::bce ? 1.0 / (1.0 + std::exp(-z[row + k]))
                                                             : std::exp(z[row + k]) / exponentials;
      if (t[row + k] == 1.0F)
        sum -= weight * std::log(probability);
      else if (objective.loss == Loss::bce)
        sum -= std::log(1.0 - probability);
    }
  }
  return sum;
}

class ClassLoss : public testing::TestWithParam<Loss> {};

TEST_P(ClassLoss, HasTheGradientOfFiniteDifferences) {
  const auto prediction = logits(), target = targets(GetParam());
  for (const auto& weights : {std::vector<float>{}, std::vector<float>{2, 0.5F, 1, 0, 7}}) {
    const Objective objective{.loss = GetParam(), .class_weights = weights};
    constexpr double scale = 0.25, nudge = 1e-6;
    std::vector<float> dy(prediction.size(), std::numeric_limits<float>::quiet_NaN());
    const double sum = loss_and_gradient(objective, prediction.data(), target.data(), valid_columns,
                                         columns, outputs, scale, dy.data());
    std::vector<double> moved(prediction.begin(), prediction.end());
    const double expected = reference(objective, moved, target);
    ASSERT_GT(expected, 1.0);
    EXPECT_NEAR(sum, expected, 1e-6 * expected);
    EXPECT_EQ(loss_sum(objective, prediction.data(), target.data(), valid_columns, outputs), sum);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const double kept = moved[i];
      moved[i] = kept + nudge;
      const double above = reference(objective, moved, target);
      moved[i] = kept - nudge;
      ASSERT_NEAR(dy[i], scale * (above - reference(objective, moved, target)) / (2.0 * nudge),
                  1e-6)
          << "output " << i;
      moved[i] = kept;
      ASSERT_TRUE(i < valid_columns * outputs || dy[i] == 0.0F);
    }
  }
}

TEST_P(ClassLoss, StaysFiniteForLargeLogits) {
  const std::vector<float> prediction{1e4F, -1e4F, 80.0F, 0.0F};
  const std::vector<float> right{1, 0, 0, 0}, wrong{0, 1, 0, 0};
  std::vector<float> dy(4);
  const auto sum = [&](const std::vector<float>& target) {
    return loss_and_gradient({.loss = GetParam()}, prediction.data(), target.data(), 1, 1, 4, 1.0,
                             dy.data());
  };
  // bce adds 80 and log 2 for the two others.
  const double others = GetParam() == Loss::bce ? 80.0 + std::log(2.0) : 0.0;
  EXPECT_NEAR(sum(right), others, 1e-5);
  EXPECT_EQ(dy[0], 0.0F);
  EXPECT_NEAR(sum(wrong), 2e4 + others, 1e-2);
  EXPECT_EQ(dy[0], 1.0F);
  EXPECT_EQ(dy[1], -1.0F);
}

TEST_P(ClassLoss, NotANumberIsNotHidden) {
  const std::vector<float> target{0, 1, 0};
  for (std::size_t at = 0; at < 3; ++at) {
    std::vector<float> prediction{0.3F, 0.2F, 0.1F};
    prediction[at] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(loss_sum({.loss = GetParam()}, prediction.data(), target.data(), 1, 3)));
  }
}

TEST_P(ClassLoss, EachClassHasAWeightAndOutputsHaveNone) {
  const auto values = logits();
  for (const Objective& objective :
       {Objective{.loss = GetParam(), .class_weights = {1, 2}},
        Objective{.loss = GetParam(), .weights = std::vector<float>(outputs, 1.0F)}})
    EXPECT_THROW(loss_sum(objective, values.data(), values.data(), 1, outputs), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Losses, ClassLoss, testing::Values(Loss::bce, Loss::cross_entropy),
                         [](const auto& info) { return info.param == Loss::bce ? "bce" : "ce"; });

TEST(ClassLoss, CrossEntropyIsTheMeanOverColumns) {
  EXPECT_EQ(terms_of(Loss::cross_entropy, 7, 5), 7);
  for (const Loss loss : {Loss::mse, Loss::mae, Loss::huber, Loss::bce})
    EXPECT_EQ(terms_of(loss, 7, 5), 35);
}

}  // namespace
}  // namespace colonnade::nn
