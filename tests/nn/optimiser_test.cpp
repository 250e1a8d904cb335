#include <colonnade/base/error.hpp>
#include <colonnade/nn/optimiser.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace colonnade::nn {
namespace {

using Values = std::vector<float>;

constexpr std::array all_algorithms{Algorithm::sgd, Algorithm::momentum, Algorithm::adam,
                                    Algorithm::adamw};
constexpr std::size_t count = 1003;
constexpr int steps = 6;

OptimiserConfig config_of(Algorithm algorithm) {
  return {
      .algorithm = algorithm, .momentum = 0.8, .beta1 = 0.85, .beta2 = 0.95, .weight_decay = 0.1};
}

Values initial_weights() {
  Values weights(count);
  for (std::size_t i = 0; i < count; ++i) weights[i] = std::sin(0.01F * static_cast<float>(i * i));
  return weights;
}

Values gradient_of(int step) {
  Values gradient(count);
  for (std::size_t i = 0; i < count; ++i)
    gradient[i] = std::cos(static_cast<float>(i) + static_cast<float>(7 * step)) * 1e-2F;
  return gradient;
}

/// One parameter's run in double precision, written from the formulas in PyTorch's documentation.
double reference(Algorithm algorithm, std::size_t i, double rate, double scale) {
  const OptimiserConfig c = config_of(algorithm);
  double w = static_cast<double>(initial_weights()[i]);
  double m = 0.0;
  double v = 0.0;
  for (int t = 1; t <= steps; ++t) {
    double g = scale * static_cast<double>(gradient_of(t)[i]);
    if (algorithm == Algorithm::adamw)
      w -= rate * c.weight_decay * w;
    else
      g += c.weight_decay * w;
    if (algorithm == Algorithm::sgd || algorithm == Algorithm::momentum) {
      m = (algorithm == Algorithm::sgd ? 0.0 : c.momentum) * m + g;
      w -= rate * m;
      continue;
    }
    m = c.beta1 * m + (1.0 - c.beta1) * g;
    v = c.beta2 * v + (1.0 - c.beta2) * g * g;
    const double corrected_m = m / (1.0 - std::pow(c.beta1, t));
    const double corrected_v = v / (1.0 - std::pow(c.beta2, t));
    w -= rate * corrected_m / (std::sqrt(corrected_v) + c.epsilon);
  }
  return w;
}

TEST(Optimiser, FollowsTheFormulas) {
  for (const Algorithm algorithm : all_algorithms) {
    Values weights = initial_weights();
    Optimiser optimiser(config_of(algorithm), count);
    for (int t = 1; t <= steps; ++t) optimiser.step(weights, gradient_of(t), 0.05, 0.5);
    for (std::size_t i = 0; i < count; i += 13)
      ASSERT_NEAR(static_cast<double>(weights[i]), reference(algorithm, i, 0.05, 0.5), 2e-6)
          << name_of(algorithm) << ' ' << i;
    EXPECT_EQ(optimiser.step_count(), steps);
  }
}

TEST(Optimiser, CutsIntoSlicesDoNotChangeABit) {
  for (const Algorithm algorithm : all_algorithms) {
    Values whole = initial_weights();
    Values cut = whole;
    Optimiser one(config_of(algorithm), count);
    std::vector<Optimiser> slices;
    const std::vector<std::size_t> ends{1, 4, 21, 500, 1002, count};
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      slices.emplace_back(config_of(algorithm), end - begin);
      begin = end;
    }
    for (int t = 1; t <= steps; ++t) {
      const Values gradient = gradient_of(t);
      one.step(whole, gradient, 0.05, 0.5);
      begin = 0;
      for (std::size_t s = 0; s < ends.size(); ++s) {
        slices[s].step(std::span(cut).subspan(begin, ends[s] - begin),
                       std::span(gradient).subspan(begin, ends[s] - begin), 0.05, 0.5);
        begin = ends[s];
      }
    }
    EXPECT_NE(whole, initial_weights());
    EXPECT_EQ(cut, whole) << name_of(algorithm);
  }
}

TEST(Optimiser, RestoredStateGoesOnWithTheSameBits) {
  for (const Algorithm algorithm : all_algorithms) {
    Values straight = initial_weights();
    Optimiser first(config_of(algorithm), count);
    for (int t = 1; t <= 3; ++t) first.step(straight, gradient_of(t), 0.05, 1.0);
    Values resumed = straight;
    Optimiser second(config_of(algorithm), count);
    second.set_step_count(first.step_count());
    for (int k = 0; k < first.moment_count(); ++k)
      std::copy(first.moment(k).begin(), first.moment(k).end(), second.moment(k).begin());
    for (int t = 4; t <= steps; ++t) {
      first.step(straight, gradient_of(t), 0.05, 1.0);
      second.step(resumed, gradient_of(t), 0.05, 1.0);
    }
    EXPECT_EQ(resumed, straight) << name_of(algorithm);
  }
}

TEST(Optimiser, RefusesConstantsOutOfRangeAndForeignSlices) {
  EXPECT_THROW(Optimiser({.beta2 = 1.0}, 4), base::Error);
  EXPECT_THROW(Optimiser({.epsilon = 0.0}, 4), base::Error);
  EXPECT_THROW(Optimiser({.weight_decay = -0.1}, 4), base::Error);
  EXPECT_THROW(Optimiser({.momentum = std::nan("")}, 4), base::Error);
  Optimiser optimiser({}, 4);
  Values three(3);
  EXPECT_THROW(optimiser.step(three, three, 0.1, 1.0), std::logic_error);
  EXPECT_THROW(algorithm_from_name("rmsprop"), base::Error);
}

TEST(SumOfSquares, IsExactWhereItCanBeAndFixedInOrder) {
  Values values(1001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  EXPECT_EQ(sum_of_squares(values), 1000.0 * 1001.0 * 2001.0 / 6.0);
  EXPECT_EQ(sum_of_squares(std::span(values).first(4)), 14.0);
  EXPECT_EQ(sum_of_squares({}), 0.0);
  const Values huge(10, 1e30F);
  EXPECT_NEAR(sum_of_squares(huge), 1e61, 1e55);
}

}  // namespace
}  // namespace colonnade::nn
