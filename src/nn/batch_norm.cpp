#include <colonnade/base/error.hpp>
#include <colonnade/nn/batch_norm.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace colonnade::nn {

namespace {

void fold_layer(const LayerView& layer, const float* weights, const LayerView& into,
                float* folded_weights) {
  const auto in = static_cast<std::size_t>(layer.in), out = static_cast<std::size_t>(layer.out);
  const float *const gamma = weights + layer.gamma_offset, *const beta = gamma + out;
  const float *const mean = weights + layer.statistics_offset, *const variance = mean + out;
  for (std::size_t o = 0; o < out; ++o) {
    const double factor = gamma[o] / std::sqrt(variance[o] + batch_norm_epsilon);
    const float* const row = weights + layer.weight_offset + o * in;
    std::transform(row, row + in, folded_weights + into.weight_offset + o * in,
                   [factor](float weight) { return static_cast<float>(factor * weight); });
    const double bias = weights[layer.bias_offset + o];
    folded_weights[into.bias_offset + o] = static_cast<float>(factor * (bias - mean[o]) + beta[o]);
  }
}

}  // namespace

MlpShape folded(MlpShape shape) {
  shape.has_batch_norm = false;
  shape.dropout = 0.0;
  return shape;
}

void fold(const MlpShape& shape, std::span<const float> weights, std::span<float> folded_weights) {
  base::expects(weights.size() == parameter_count(shape) &&
                    folded_weights.size() == parameter_count(folded(shape)),
                "one weight per parameter");
  const auto from = layers(shape), into = layers(folded(shape));
  for (std::size_t l = 0; l < from.size(); ++l)
    if (from[l].is_normalised)
      fold_layer(from[l], weights.data(), into[l], folded_weights.data());
    else
      std::copy(&weights[from[l].weight_offset], &weights[from[l].bias_offset] + from[l].out,
                &folded_weights[into[l].weight_offset]);
}

void follow(std::span<float> running, std::span<const float> of_step, double momentum,
            std::span<base::Bfloat16> rounded) {
  const auto part = static_cast<float>(momentum), rest = static_cast<float>(1.0 - momentum);
  for (std::size_t i = 0; i < running.size(); ++i)
    running[i] = rest * running[i] + part * of_step[i];
  if (!rounded.empty()) base::round_to_bfloat16(running, rounded);
}

}  // namespace colonnade::nn
