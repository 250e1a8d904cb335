#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

const nn::MlpShape shape{{19, 24, 6}, nn::Activation::tanh};

std::vector<float> numbers(std::size_t count, std::uint64_t index) {
  base::Random random(3, base::Purpose::test, index);
  std::vector<float> values(count);
  for (auto& value : values) value = static_cast<float>(random.uniform(-1, 1));
  return values;
}

std::vector<float> predicted(int threads, const std::vector<float>& weights,
                             const std::vector<float>& x) {
  Team team(threads);
  Predictor predictor(shape, weights, team);
  std::vector<float> y(x.size() / 19 * 6);
  predictor.run(x, y);
  return y;
}

/// The network in plain double.
double plain_output(const std::vector<float>& weights, const float* x, std::size_t output) {
  const auto layers = nn::layers(shape);
  const float* w = &weights[layers[0].weight_offset];
  const float* last = &weights[layers[1].weight_offset + output * 24];
  double sum = weights[layers[1].bias_offset + output];
  for (std::size_t h = 0; h < 24; ++h) {
    double before = weights[layers[0].bias_offset + h];
    for (std::size_t i = 0; i < 19; ++i)
      before += static_cast<double>(w[h * 19 + i]) * static_cast<double>(x[i]);
    sum += static_cast<double>(last[h]) * std::tanh(before);
  }
  return sum;
}

class Rows : public testing::TestWithParam<std::size_t> {};

TEST_P(Rows, EqualTheNetworkInDoubleAndDoNotDependOnThreads) {
  const auto weights = numbers(nn::parameter_count(shape), 0);
  const auto x = numbers(GetParam() * 19, 1);
  const auto alone = predicted(1, weights, x);
  for (std::size_t row = 0; row < GetParam(); ++row)
    for (std::size_t output = 0; output < 6; ++output)
      ASSERT_NEAR(static_cast<double>(alone[row * 6 + output]),
                  plain_output(weights, x.data() + row * 19, output), 1e-5)
          << row;
  for (const int threads : {2, 3, 4}) EXPECT_EQ(predicted(threads, weights, x), alone);
}

// None, one, a micro-batch less one, whole, and one more, several with a rest.
INSTANTIATE_TEST_SUITE_P(Predictor, Rows, testing::Values(0, 1, 119, 120, 121, 700));

TEST(ExpectFinite, NamesTheFirstTargetAndColumn) {
  const std::vector<data::Feature> targets{{"a", "a", "1", -1}, {"b[4]", "b", "K", 4}};
  std::vector<float> rows(20, 1.0F);
  EXPECT_NO_THROW(expect_finite(rows, targets, 100));
  rows[7] = std::numeric_limits<float>::quiet_NaN();
  rows[8] = std::numeric_limits<float>::infinity();
  try {
    expect_finite(rows, targets, 100);
    FAIL() << "a NaN went through";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
    EXPECT_EQ(error.facts().variable, "b[4]");
    EXPECT_EQ(error.facts().column, 103);
  }
}

}  // namespace
