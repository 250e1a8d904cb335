#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
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

/// Raw rows of four values, of which the network reads those at 3, as its logarithm, and 1.
class RawRows : public testing::Test {
 protected:
  RawRows() {
    data::ArrayRecipe x{.name = "x", .shape = {2}, .places = {3, 1}, .encoding = {}};
    x.encoding.features = {{"q[2]", "q", "1", 2}, {"T", "T", "K", -1}};
    x.encoding.transforms = {data::Transform::parse("log"), {}};
    data::ArrayRecipe y{.name = "y", .shape = {1}, .places = {4}, .encoding = {}};
    y.encoding.features = {{"flux", "flux", "W m-2", -1}};
    y.encoding.transforms = {{}};
    for (auto* const array : {&x, &y}) {
      array->encoding.offset.assign(array->encoding.width(), 0.0);
      array->encoding.scale.assign(array->encoding.width(), 0.5);
      recipe_.arrays.push_back(*array);
    }
  }
  /// How the prediction of 300 rows ends whose row 250 has `value` at a place.
  [[nodiscard]] std::optional<base::Error> error_of(std::size_t place, float value) const {
    std::vector<float> raw(1200, 2.0F), y(300);
    raw[1000 + place] = value;
    const nn::MlpShape small{{2, 16, 1}, nn::Activation::relu};
    Team team(2);
    Predictor predictor(small, weights_, team);
    try {
      predict_rows(predictor, recipe_, raw, 4, 5000, y);
    } catch (const base::Error& error) {
      return error;
    }
    return std::nullopt;
  }

  data::Recipe recipe_;
  std::vector<float> weights_ = numbers(2 * 16 + 16 + 16 + 1, 2);
};

TEST_F(RawRows, MayLackWhatTheNetworkDoesNotRead) {
  EXPECT_FALSE(error_of(0, std::nanf("")));
  EXPECT_FALSE(error_of(2, std::numeric_limits<float>::infinity()));
}

TEST_F(RawRows, MustHaveWhatItReads) {
  for (const std::size_t place : {1U, 3U}) {
    const auto error = error_of(place, std::nanf(""));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), base::ErrorKind::data);
    EXPECT_EQ(error->sentence(), "missing value");
    EXPECT_EQ(error->facts().variable, place == 1 ? "T" : "q[2]");
    EXPECT_EQ(error->facts().column, 5250);
  }
}

TEST_F(RawRows, MustSuitTheTransforms) {
  const auto error = error_of(3, -0.5F);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), base::ErrorKind::data);
  EXPECT_EQ(error->sentence(), "the transform log gives no finite number");
  EXPECT_EQ(error->facts().variable, "q[2]");
  EXPECT_EQ(error->facts().value, "nan of -0.5");
  EXPECT_EQ(error->facts().column, 5250);
  EXPECT_FALSE(error_of(1, -0.5F));
}

TEST_F(RawRows, MustStayFiniteWhenNormalised) {
  const auto error = error_of(1, 3e38F);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), base::ErrorKind::data);
  EXPECT_EQ(error->sentence(), "the normalised input is no finite number");
  EXPECT_EQ(error->facts().variable, "T");
  EXPECT_EQ(error->facts().value, "3e+38");
}

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
