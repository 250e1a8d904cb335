// What a kernel promises beyond right numbers: the same bits in any thread, at any address, each
// time.

#include "nn/arranged.hpp"

#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/kernel.hpp>

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace colonnade::nn {
namespace {

using Values = std::vector<float>;

constexpr std::int64_t columns = 48;

Values pattern(std::size_t count, double phase) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::sin(phase + 0.37 * static_cast<double>(i)));
  return values;
}

MlpShape large_shape() {
  return {{413, 100, 72, 55}, Activation::silu};
}

struct Passed {
  Values y;
  Values gradient;

  bool operator==(const Passed&) const = default;
};

/// Both passes of one kernel, repeated; `shift` floats off the alignment of a vector's memory.
Passed pass(const MlpShape& shape, double phase, int repeats = 1, std::size_t shift = 0) {
  const auto x_count = static_cast<std::size_t>(columns * shape.inputs());
  const auto y_count = static_cast<std::size_t>(columns * shape.outputs());
  const auto shifted = [shift](Values values) {
    values.insert(values.begin(), shift, 7.0F);
    return values;
  };
  const Values x = shifted(pattern(x_count, phase));
  const Values dy = shifted(pattern(y_count, phase + 1.0));
  Values weights(parameter_count(shape));
  initialise(shape, 11, weights);
  const Values shifted_weights = shifted(weights);
  Values gradient(shift + weights.size(), std::numeric_limits<float>::quiet_NaN());

  MlpKernel kernel(shape, columns);
  kernel.set_weights(std::span(shifted_weights).subspan(shift));
  const float* y = nullptr;
  for (int i = 0; i < repeats; ++i) {
    y = kernel.forward(x.data() + shift);
    kernel.backward(x.data() + shift, dy.data() + shift, std::span(gradient).subspan(shift));
  }
  return {Values(y, y + y_count),
          Values(gradient.begin() + static_cast<std::ptrdiff_t>(shift), gradient.end())};
}

TEST(Kernel, ThreadsAtOnceGiveTheBitsOfOneAfterTheOther) {
  const Passed first = pass(large_shape(), 0.1);
  const Passed second = pass(large_shape(), 5.2);
  ASSERT_NE(first, second);
  for (int round = 0; round < 5; ++round) {
    Passed a;
    Passed b;
    std::thread other([&] { a = pass(large_shape(), 0.1, 20); });
    std::thread another([&] { b = pass(large_shape(), 5.2, 20); });
    other.join();
    another.join();
    ASSERT_EQ(a, first);
    ASSERT_EQ(b, second);
  }
}

/// Both passes in a precision: outputs and gradient.
template <typename Value>
Passed pass_in(Precision precision, const std::vector<Value>& x, const std::vector<Value>& weights,
               const Values& dy) {
  const MlpShape shape = large_shape();
  MlpKernel kernel(shape, columns, KernelUse::training, precision);
  kernel.set_weights(std::span(weights));
  Values gradient(weights.size(), std::numeric_limits<float>::quiet_NaN());
  const auto rows = arranged(x, kernel.input_layout());
  const float* y = kernel.forward(rows.data());
  const Values outputs(y, y + columns * shape.outputs());
  kernel.backward(rows.data(), dy.data(), gradient);
  return {outputs, gradient};
}

/// |a - b| / |b|
double distance(const Values& a, const Values& b) {
  double difference = 0.0, whole = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - b[i], 2);
    whole += std::pow(b[i], 2);
  }
  return std::sqrt(difference / whole);
}

TEST(Kernel, InBf16IsNearThePassInFp32OnTheSameRoundedValues) {
  const MlpShape shape = large_shape();
  const auto rounded = [](const Values& values) {
    std::vector<base::Bfloat16> result(values.size());
    base::round_to_bfloat16(values, result);
    return result;
  };
  const auto widened = [](const std::vector<base::Bfloat16>& values) {
    Values result;
    for (const auto value : values) result.push_back(base::to_float(value));
    return result;
  };
  Values weights(parameter_count(shape));
  initialise(shape, 11, weights);
  const auto x = rounded(pattern(static_cast<std::size_t>(columns * shape.inputs()), 0.3));
  const auto w = rounded(weights);
  const Values dy = pattern(static_cast<std::size_t>(columns * shape.outputs()), 1.3);
  const Passed exact = pass_in(Precision::fp32, widened(x), widened(w), dy);
  const Passed half = pass_in(Precision::bf16, x, w, dy);
  EXPECT_LT(distance(half.y, exact.y), 1e-2);
  EXPECT_LT(distance(half.gradient, exact.gradient), 2e-2);
  EXPECT_GT(distance(half.gradient, exact.gradient), 1e-5) << "the values between layers round";
  EXPECT_EQ(half, pass_in(Precision::bf16, x, w, dy));
}

TEST(Kernel, LimitsOpenMpInTheThreadThatCalls) {
  const MlpShape shape = large_shape();
  MlpKernel kernel(shape, columns);
  const Values weights(parameter_count(shape));
  const Values x(static_cast<std::size_t>(columns * shape.inputs()));
  kernel.set_weights(weights);
  const auto threads_after = [](const auto& work) {
    int threads = 0;
    std::thread([&] {
      omp_set_num_threads(2);
      work();
      threads = omp_get_max_threads();
    }).join();
    return threads;
  };
  EXPECT_EQ(threads_after([] {}), 2);
  EXPECT_EQ(threads_after([] { MlpKernel(large_shape(), columns); }), 1);
  EXPECT_EQ(threads_after([&] { kernel.forward(x.data()); }), 1);
}

TEST(Kernel, BitsDoNotDependOnAlignment) {
  const Passed aligned = pass(large_shape(), 0.1);
  for (const std::size_t shift : {1U, 3U, 8U, 15U})
    EXPECT_EQ(pass(large_shape(), 0.1, 1, shift), aligned) << shift << " floats off";
}

TEST(Kernel, BackwardOverwritesTheGradient) {
  // Over the NaNs that stand there first, and over the result of a pass before.
  EXPECT_EQ(pass(large_shape(), 0.1, 1), pass(large_shape(), 0.1, 3));
}

/// What `ready` hears of a backward pass in a precision; each time, all from there on is final, and
/// has the bits of a pass without blocks.
template <typename Value>
std::vector<std::size_t> told_of(const MlpShape& shape, KernelUse use, Precision precision,
                                 const std::vector<Value>& x, const std::vector<Value>& weights) {
  const Values dy = pattern(static_cast<std::size_t>(columns * shape.outputs()), 1.3);
  MlpKernel whole(shape, columns, KernelUse::training, precision);
  MlpKernel kernel(shape, columns, use, precision);
  Values expected(weights.size());
  Values gradient(weights.size(), std::numeric_limits<float>::quiet_NaN());
  const auto rows = arranged(x, kernel.input_layout());
  for (MlpKernel* each : {&whole, &kernel}) {
    each->set_weights(std::span(weights));
    each->forward(rows.data());
  }
  whole.backward(rows.data(), dy.data(), expected);
  std::vector<std::size_t> told;
  kernel.backward(rows.data(), dy.data(), gradient, [&](std::size_t first) {
    told.push_back(first);
    const auto begin = static_cast<std::ptrdiff_t>(first);
    EXPECT_TRUE(std::equal(gradient.begin() + begin, gradient.end(), expected.begin() + begin))
        << "from " << first;
    EXPECT_EQ(std::isnan(gradient.front()), first > 0);
  });
  EXPECT_EQ(gradient, expected);
  return told;
}

TEST(Kernel, TellsWhatIsFinalFromTheLastLayerToTheFirst) {
  const MlpShape shape{{13, 520, 20, 5}, Activation::silu};
  const auto views = layers(shape);
  Values weights(parameter_count(shape));
  initialise(shape, 11, weights);
  const Values x = pattern(static_cast<std::size_t>(columns * 13), 0.3);
  const auto rounded = [](const Values& values) {
    std::vector<base::Bfloat16> result(values.size());
    base::round_to_bfloat16(values, result);
    return result;
  };
  using enum KernelUse;
  const std::vector<std::size_t> by_layers{views[2].weight_offset, views[1].weight_offset, 0};
  EXPECT_EQ(told_of(shape, training, Precision::fp32, x, weights), by_layers);
  const std::vector<std::size_t> by_blocks{
      views[2].weight_offset, views[1].weight_offset, 384 * 13, 256 * 13, 128 * 13, 0};
  EXPECT_EQ(told_of(shape, training_in_blocks, Precision::fp32, x, weights), by_blocks);
  EXPECT_EQ(told_of(shape, training_in_blocks, Precision::bf16, rounded(x), rounded(weights)),
            by_blocks);
}

TEST(Kernel, AColumnsOutputDoesNotDependOnItsPlaceInTheMicroBatch) {
  const MlpShape shape = large_shape();
  Values weights(parameter_count(shape));
  initialise(shape, 3, weights);
  MlpKernel kernel(shape, columns);
  kernel.set_weights(weights);
  const std::int64_t in = shape.inputs();
  const std::int64_t out = shape.outputs();
  const Values x = pattern(static_cast<std::size_t>(columns * in), 0.4);
  const float* const result = kernel.forward(x.data());
  const Values y(result, result + columns * out);
  Values turned = x;
  std::rotate(turned.begin(), turned.begin() + 17 * in, turned.end());
  const float* const turned_y = kernel.forward(turned.data());
  for (std::int64_t column = 0; column < columns; ++column) {
    const float* const expected = y.data() + (column + 17) % columns * out;
    ASSERT_TRUE(std::equal(expected, expected + out, turned_y + column * out)) << column;
  }
}

TEST(Kernel, InferenceGivesTheBitsOfTraining) {
  for (const auto activation :
       {Activation::silu, Activation::relu, Activation::gelu, Activation::tanh}) {
    const MlpShape shape{{413, 100, 72, 55}, activation};
    Values weights(parameter_count(shape));
    initialise(shape, 3, weights);
    const Values x = pattern(static_cast<std::size_t>(columns * shape.inputs()), 0.4);
    MlpKernel training(shape, columns);
    MlpKernel inference(shape, columns, KernelUse::inference);
    training.set_weights(weights);
    inference.set_weights(weights);
    const float* const y = training.forward(x.data());
    ASSERT_GT(*std::max_element(y, y + columns * 55), 0.01F);
    EXPECT_TRUE(std::equal(y, y + columns * 55, inference.forward(x.data())))
        << name_of(activation);
  }
}

TEST(Kernel, NarrowestNetworkIsRight) {
  // y = 0.5 tanh(2 x - 1) + 0.25 for one column.
  const MlpShape shape{{1, 1, 1}, Activation::tanh};
  const Values weights{2.0F, -1.0F, 0.5F, 0.25F};
  MlpKernel kernel(shape, 1);
  kernel.set_weights(weights);
  const float x = 0.75F;
  const float t = std::tanh(0.5F);
  EXPECT_NEAR(*kernel.forward(&x), 0.5F * t + 0.25F, 1e-6F);
  const float dy = 3.0F;
  Values gradient(4);
  kernel.backward(&x, &dy, gradient);
  const float inner = dy * 0.5F * (1.0F - t * t);
  const Values expected{inner * x, inner, dy * t, dy};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(gradient[i], expected[i], 2e-6F);
}

TEST(Kernel, BrokenPromisesAreBugs) {
  const MlpShape shape{{3, 2}, Activation::relu};
  const Values weights(8);
  const Values x(12);
  Values gradient(8);
  EXPECT_THROW(MlpKernel(shape, 0), std::logic_error);
  MlpKernel kernel(shape, 4, KernelUse::inference);
  EXPECT_THROW(kernel.forward(x.data()), std::logic_error);
  EXPECT_THROW(kernel.set_weights(std::span(weights).first(7)), std::logic_error);
  kernel.set_weights(weights);
  const float* const y = kernel.forward(x.data());
  EXPECT_THROW(kernel.backward(x.data(), y, gradient), std::logic_error);
}

}  // namespace
}  // namespace colonnade::nn
