// Without oneDNN: the products in plain loops that the compiler turns into vectors. Each value is a
// sum in a fixed order, so that a column's bits do not depend on its place either.
#include <colonnade/base/aligned.hpp>
#include <colonnade/base/vectors.hpp>

#include <infer/network.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace colonnade::infer {

namespace {

/// Columns that go through a layer while a row of its weights is in the registers.
constexpr std::size_t rows_at_once = 4, lane_count = 16;

/// Adds lane after lane in halves, so that a compiler can use vectors.
[[gnu::always_inline]] inline float sum_of(std::array<float, lane_count>& lanes) {
  for (std::size_t width = lane_count / 2; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

/// y (rows_at_once, out) = x (rows_at_once, in) W^T + b.
COLONNADE_VECTOR_WIDTHS void multiply(const float* x, const float* weights, const float* bias,
                                      std::size_t in, std::size_t out, float* y) {
  for (std::size_t o = 0; o < out; ++o) {
    const float* const w = weights + o * in;
    std::array<std::array<float, lane_count>, rows_at_once> sums{};
    std::size_t i = 0;
    for (; i + lane_count <= in; i += lane_count)
      for (std::size_t row = 0; row < rows_at_once; ++row)
        for (std::size_t lane = 0; lane < lane_count; ++lane)
          sums[row][lane] += w[i + lane] * x[row * in + i + lane];
    for (std::size_t lane = 0; i + lane < in; ++lane)
      for (std::size_t row = 0; row < rows_at_once; ++row)
        sums[row][lane] += w[i + lane] * x[row * in + i + lane];
    for (std::size_t row = 0; row < rows_at_once; ++row)
      y[row * out + o] = sum_of(sums[row]) + bias[o];
  }
}

float activated(nn::Activation activation, float x) {
  switch (activation) {
    case nn::Activation::relu:
      return x < 0.0F ? 0.0F : x;
    case nn::Activation::gelu:
      return 0.5F * x * (1.0F + std::erf(x / std::numbers::sqrt2_v<float>));
    case nn::Activation::tanh:
      return std::tanh(x);
    case nn::Activation::silu:
      break;
  }
  return x / (1.0F + std::exp(-x));
}

}  // namespace

struct Network::Kernels {
  nn::Activation activation;
  std::vector<nn::LayerView> layers;
  std::span<const float> weights;
  std::array<base::AlignedBuffer<float>, 2> between;  ///< (rows_at_once, widest layer), in turn
};

Network::Network(const nn::MlpShape& shape, std::span<const float> weights)
    : kernels_(
          std::make_unique<Kernels>(Kernels{shape.activation, nn::layers(shape), weights, {}})) {
  const auto widest = *std::max_element(shape.widths.begin() + 1, shape.widths.end());
  for (auto& buffer : kernels_->between)
    buffer = base::AlignedBuffer<float>(rows_at_once * static_cast<std::size_t>(widest));
}

Network::~Network() = default;

std::int64_t Network::padded(std::int64_t columns) {
  return columns + static_cast<std::int64_t>(rows_at_once);
}

void Network::run(const float* x, std::int64_t columns, float* y) {
  const auto& layers = kernels_->layers;
  const auto inputs = static_cast<std::size_t>(layers.front().in);
  const auto outputs = static_cast<std::size_t>(layers.back().out);
  for (auto left = static_cast<std::size_t>(columns); left > 0;) {
    const float* from = x;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto& layer = layers[l];
      auto& into = kernels_->between[l % 2];
      const auto out = static_cast<std::size_t>(layer.out);
      multiply(from, &kernels_->weights[layer.weight_offset], &kernels_->weights[layer.bias_offset],
               static_cast<std::size_t>(layer.in), out, into.data());
      if (l + 1 < layers.size())
        for (float& value : into.span().first(rows_at_once * out))
          value = activated(kernels_->activation, value);
      if (layer.adds_input)
        for (std::size_t i = 0; i < rows_at_once * out; ++i) into.data()[i] += from[i];
      from = into.data();
    }
    const std::size_t count = std::min(rows_at_once, left);
    y = std::copy_n(from, count * outputs, y);
    x += count * inputs;
    left -= count;
  }
}

}  // namespace colonnade::infer
