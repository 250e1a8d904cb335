#include <colonnade/base/error.hpp>
#include <colonnade/nn/mlp.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace colonnade::nn {
namespace {

TEST(Mlp, LayersFillTheFlatBufferInOrder) {
  const MlpShape shape{{13, 24, 17, 6}, Activation::silu};
  std::size_t next = 0;
  std::size_t count = 0;
  for (const LayerView& layer : layers(shape)) {
    EXPECT_EQ(layer.in, shape.widths[count]);
    EXPECT_EQ(layer.out, shape.widths[count + 1]);
    EXPECT_EQ(layer.weight_offset, next);
    EXPECT_EQ(layer.bias_offset, next + static_cast<std::size_t>(layer.in * layer.out));
    next = layer.bias_offset + static_cast<std::size_t>(layer.out);
    ++count;
  }
  EXPECT_EQ(count, 3U);
  EXPECT_EQ(parameter_count(shape), next);
  EXPECT_EQ(next, 13U * 24 + 24 + 24 * 17 + 17 + 17 * 6 + 6);
}

TEST(Mlp, InitialWeightsFillTheirLayersBounds) {
  const MlpShape shape{{400, 100, 25, 3}, Activation::silu};
  std::vector<float> weights(parameter_count(shape));
  initialise(shape, 5, weights);
  for (const LayerView& layer : layers(shape)) {
    const auto begin = weights.begin() + static_cast<std::ptrdiff_t>(layer.weight_offset);
    const auto end = weights.begin() + static_cast<std::ptrdiff_t>(layer.bias_offset) + layer.out;
    const auto [low, high] = std::minmax_element(begin, end);
    const float bound = 1.0F / std::sqrt(static_cast<float>(layer.in));
    EXPECT_GE(*low, -bound);
    EXPECT_LE(*high, bound);
    EXPECT_LT(*low, -0.9F * bound);
    EXPECT_GT(*high, 0.9F * bound);
  }
  double sum = 0.0;
  double squares = 0.0;
  constexpr std::size_t first_layer = 400 * 100;
  for (std::size_t i = 0; i < first_layer; ++i) {
    const double scaled = 20.0 * static_cast<double>(weights[i]);
    sum += scaled;
    squares += scaled * scaled;
  }
  EXPECT_NEAR(sum / first_layer, 0.0, 0.015);  // five standard errors
  EXPECT_NEAR(squares / first_layer, 1.0 / 3.0, 0.0075);
}

TEST(Mlp, InitialWeightsDependOnSeedAndPlaceAlone) {
  const MlpShape deep{{20, 10, 30, 5}, Activation::silu};
  const MlpShape shallow{{20, 10, 7}, Activation::relu};
  std::vector<float> a(parameter_count(deep));
  std::vector<float> b(parameter_count(shallow));
  std::vector<float> c(parameter_count(deep));
  initialise(deep, 5, a);
  initialise(shallow, 5, b);
  initialise(deep, 6, c);
  EXPECT_TRUE(std::equal(b.begin(), b.end(), a.begin()));
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += static_cast<std::size_t>(a[i] == c[i]);
  EXPECT_LT(equal, 3U);
  std::sort(c.begin(), c.end());
  EXPECT_LT(c.end() - std::unique(c.begin(), c.end()), 3);  // of 695 draws from 2^24 values
}

TEST(Mlp, NamesGoBothWays) {
  for (const auto* name : {"silu", "relu", "gelu", "tanh"})
    EXPECT_EQ(name_of(activation_from_name(name)), name);
  try {
    activation_from_name("swish");
    FAIL() << "an unknown activation passed";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    EXPECT_STREQ(error.what(),
                 "there is no such activation (swish); choose one of silu, relu, gelu, tanh");
  }
}

TEST(Mlp, RefusesWidthsThatMakeNoNetwork) {
  for (const auto& widths : std::vector<std::vector<std::int64_t>>{{}, {4}, {4, 0, 2}, {4, -3}})
    EXPECT_THROW(layers({widths, Activation::silu}), base::Error);
}

}  // namespace
}  // namespace colonnade::nn
