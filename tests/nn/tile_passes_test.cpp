// The passes in tiles, on small whole numbers: there bf16 and its products round nothing, so that
// every output and every gradient must be the number that plain loops give.

#include "nn/arranged.hpp"
#include "nn/plain_network.hpp"

#include <colonnade/base/bfloat16.hpp>
#include <colonnade/base/random.hpp>

#include <gtest/gtest.h>
#include <nn/passes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::nn {
namespace {

using base::Bfloat16;
using Widths = std::vector<std::int64_t>;

/// -1, 0 or 1; about `wanted` of every `width` are not 0.
Whole numbers(std::int64_t count, std::int64_t width, std::int64_t wanted, std::uint64_t seed) {
  Whole values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    base::Random random(seed, base::Purpose::initial_weights, i);
    const bool is_zero =
        static_cast<std::int64_t>(random.next_u32() % 4096) * width >= wanted * 4096;
    values[i] = is_zero ? 0 : static_cast<std::int64_t>(random.next_u32() % 2) * 2 - 1;
  }
  return values;
}

std::vector<float> floats(const Whole& values) {
  return {values.begin(), values.end()};
}

std::vector<Bfloat16> rounded(const Whole& values) {
  std::vector<Bfloat16> result(values.size());
  base::round_to_bfloat16(floats(values), result);
  return result;
}

struct Network {
  MlpShape shape;
  Whole weights;
};

Network network_of(const Widths& widths, bool is_residual) {
  Network network{{widths, Activation::relu, is_residual}, {}};
  Whole& weights = network.weights = Whole(parameter_count(network.shape));
  for (const LayerView& view : layers(network.shape)) {
    const auto of_layer =
        numbers(view.in * view.out, view.in + view.out, 40, view.weight_offset + 1);
    std::copy(of_layer.begin(), of_layer.end(),
              weights.begin() + static_cast<std::ptrdiff_t>(view.weight_offset));
    const auto bias = numbers(view.out, 2, 1, view.bias_offset + 2);
    std::copy(bias.begin(), bias.end(),
              weights.begin() + static_cast<std::ptrdiff_t>(view.bias_offset));
  }
  return network;
}

/// `count` micro-batches at once beside plain loops over all their columns: whole numbers have the
/// same sum in any order.
void expect_whole_numbers(const Widths& widths, std::int64_t columns, KernelUse use,
                          bool is_residual = false, std::int64_t most = 1, std::int64_t count = 1) {
  SCOPED_TRACE(testing::PrintToString(widths) + ", " + std::to_string(columns) + " columns, " +
               std::to_string(count) + " micro-batches of " + std::to_string(most));
  const auto [shape, weights] = network_of(widths, is_residual);
  const Whole x = numbers(most * columns * widths.front(), 2, 1, 3);
  const Whole dy = numbers(count * columns * widths.back(), 4, 1, 4);
  Plain plain(shape, count * columns, weights);
  const Passed expected = plain.pass({x.begin(), x.begin() + count * columns * widths.front()}, dy);
  ASSERT_LE(plain.largest(), 256) << "whole numbers up to there are exact in bf16";

  const auto passes = tile_passes(shape, columns, use, most);
  const auto w = rounded(weights), xs = arranged(rounded(x), passes->input_layout());
  passes->set_weights(w.data());
  const std::vector<float> y_expected = floats(expected.y);
  const std::int64_t outputs = columns * widths.back();
  for (std::int64_t which = count; which-- > 0;)
    EXPECT_TRUE(std::equal(y_expected.begin() + which * outputs,
                           y_expected.begin() + (which + 1) * outputs,
                           passes->forward(xs.data(), nullptr, which)));
  std::vector<float> gradient(weights.size(), std::numeric_limits<float>::quiet_NaN());
  passes->backward(xs.data(), floats(dy).data(), gradient, {}, count);
  EXPECT_EQ(gradient, floats(expected.gradient));
  EXPECT_GT(std::count_if(gradient.begin(), gradient.end(), [](float g) { return g != 0.0F; }), 0);
}

class Tiles : public testing::Test {
 protected:
  void SetUp() override {
    if (!tiles_are_available()) GTEST_SKIP() << "NOT SHOWN: this processor has no tiles of bf16";
  }
};

TEST_F(Tiles, GiveTheWholeNumbersThatPlainLoopsGive) {
  for (const std::int64_t columns : {16, 48, 96})
    for (const Widths& widths :
         {Widths{1, 1, 1}, Widths{13, 5}, Widths{31, 16, 17}, Widths{32, 32, 32, 32},
          Widths{33, 47, 64, 3}, Widths{100, 100, 100, 40}, Widths{413, 100, 72, 55}})
      expect_whole_numbers(widths, columns, KernelUse::training);
}

TEST_F(Tiles, CutTheInnerDimensionOfLargeLayers) {
  expect_whole_numbers({2111, 391, 20}, 80, KernelUse::training);
  expect_whole_numbers({40, 900, 800, 7}, 32, KernelUse::training);
}

TEST_F(Tiles, AddWhatALayerTakesToWhatItGives) {
  for (const std::int64_t columns : {16, 48})
    for (const Widths& widths :
         {Widths{13, 90, 90, 7}, Widths{90, 90, 90, 90, 90}, Widths{33, 97, 97, 64, 3}})
      expect_whole_numbers(widths, columns, KernelUse::training, true);
}

TEST_F(Tiles, TakeSeveralMicroBatchesAtOnce) {
  for (const std::int64_t count : {1, 2, 4}) {
    expect_whole_numbers({33, 47, 64, 3}, 32, KernelUse::training, false, 4, count);
    expect_whole_numbers({300, 90, 90, 7}, 64, KernelUse::training, true, 4, count);
    expect_whole_numbers({45, 530, 20}, 32, KernelUse::training_in_blocks, false, 4, count);
  }
}

/// The bits of one micro-batch after the other, added in pairs.
TEST_F(Tiles, AddInPairsWhatEachMicroBatchGives) {
  const std::int64_t columns = 32, count = 4;
  const MlpShape shape{{413, 100, 72, 55}, Activation::silu};
  std::vector<float> weights(parameter_count(shape));
  initialise(shape, 11, weights);
  std::vector<float> x(static_cast<std::size_t>(count * columns * 413)),
      dy(static_cast<std::size_t>(count * columns * 55));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.37F * static_cast<float>(i % 9973));
  for (std::size_t i = 0; i < dy.size(); ++i)
    dy[i] = std::cos(0.61F * static_cast<float>(i % 7919));
  std::vector<Bfloat16> w(weights.size()), rounded_x(x.size());
  base::round_to_bfloat16(weights, w);
  base::round_to_bfloat16(x, rounded_x);
  const auto gradient_of = [&](std::int64_t first, std::int64_t batches) {
    const auto passes = tile_passes(shape, columns, KernelUse::training, batches);
    passes->set_weights(w.data());
    const std::vector<Bfloat16> mine(rounded_x.begin() + first * columns * 413,
                                     rounded_x.begin() + (first + batches) * columns * 413);
    const auto xs = arranged(mine, passes->input_layout());
    for (std::int64_t which = 0; which < batches; ++which)
      passes->forward(xs.data(), nullptr, which);
    std::vector<float> gradient(weights.size());
    passes->backward(xs.data(), dy.data() + first * columns * 55, gradient, {}, batches);
    return gradient;
  };
  std::vector<std::vector<float>> each;
  for (std::int64_t m = 0; m < count; ++m) each.push_back(gradient_of(m, 1));
  std::vector<float> expected(weights.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    expected[i] = (each[0][i] + each[1][i]) + (each[2][i] + each[3][i]);
  EXPECT_EQ(gradient_of(0, count), expected);
}

TEST_F(Tiles, InBlocksOfRowsToo) {
  expect_whole_numbers({45, 530, 20}, 48, KernelUse::training_in_blocks);
}

/// Values of a network in bf16 beside oneDNN's, with every activation.
TEST_F(Tiles, AreNearTheLibrary) {
  const std::int64_t columns = 64;
  const auto values = [](std::size_t count, double phase, double size) {
    std::vector<float> result(count);
    for (std::size_t i = 0; i < count; ++i)
      result[i] =
          static_cast<float>(size * std::sin(phase + 0.37 * static_cast<double>(i * i % 997)));
    return result;
  };
  for (const auto activation :
       {Activation::silu, Activation::relu, Activation::gelu, Activation::tanh}) {
    const MlpShape shape{{413, 100, 72, 72, 55}, activation, true};
    std::vector<float> weights(parameter_count(shape));
    initialise(shape, 11, weights);
    // Some values lie where the activations are steep, some far out where they are flat.
    const auto x = values(static_cast<std::size_t>(columns * 413), 0.3, 8.0);
    const auto dy = values(static_cast<std::size_t>(columns * 55), 1.3, 1.0);
    std::vector<Bfloat16> w(weights.size()), rounded_x(x.size());
    base::round_to_bfloat16(weights, w);
    base::round_to_bfloat16(x, rounded_x);
    std::vector<std::vector<float>> y, gradients;
    for (const auto& passes :
         {tile_passes(shape, columns, KernelUse::training, 1),
          library_passes(shape, columns, KernelUse::training, Precision::bf16)}) {
      passes->set_weights(w.data());
      const auto xs = arranged(rounded_x, passes->input_layout());
      const float* const outputs = passes->forward(xs.data(), nullptr, 0);
      y.emplace_back(outputs, outputs + columns * 55);
      passes->backward(xs.data(), dy.data(), gradients.emplace_back(weights.size()), {}, 1);
    }
    const auto distance = [](const std::vector<float>& a, const std::vector<float>& b) {
      double difference = 0.0, whole = 0.0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
        whole += std::pow(b[i], 2);
      }
      return std::sqrt(difference / whole);
    };
    EXPECT_LT(distance(y[0], y[1]), 6e-3) << name_of(activation);
    EXPECT_LT(distance(gradients[0], gradients[1]), 1.2e-2) << name_of(activation);
  }
}

}  // namespace
}  // namespace colonnade::nn
