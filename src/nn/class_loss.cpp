#include <colonnade/base/error.hpp>

#include <nn/class_loss.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace colonnade::nn {

namespace {

/// -log of the sigmoid of z, without overflow.
float softplus_below(float z) {
  return std::max(-z, 0.0F) + std::log1p(std::exp(-std::abs(z)));
}

float sigmoid(float z) {
  const float small = std::exp(-std::abs(z));
  return (z >= 0.0F ? 1.0F : small) / (1.0F + small);
}

/// As torch.nn.BCEWithLogitsLoss has it: -w t log s(z) - (1 - t) log(1 - s(z)).
double binary_row(const std::vector<float>& weights, const float* z, const float* t, float scale,
                  float* dy) {
  double sum = 0.0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const float factor = 1.0F + (weights[k] - 1.0F) * t[k];
    sum += static_cast<double>((1.0F - t[k]) * z[k] + factor * softplus_below(z[k]));
    if (dy != nullptr) dy[k] = scale * ((1.0F - t[k]) - factor * sigmoid(-z[k]));
  }
  return sum;
}

/// The sum over k of w t (log of the sum of exponentials - z).
double softmax_row(const std::vector<float>& weights, const float* z, const float* t, float scale,
                   float* dy) {
  const std::size_t outputs = weights.size();
  const float largest = *std::max_element(z, z + outputs);
  float exponentials = 0.0F, whole = 0.0F;
  for (std::size_t k = 0; k < outputs; ++k) {
    exponentials += std::exp(z[k] - largest);
    whole += weights[k] * t[k];
  }
  const float log_sum = std::log(exponentials);
  double sum = 0.0;
  for (std::size_t k = 0; k < outputs; ++k)
    sum += static_cast<double>(weights[k] * t[k] * (log_sum - (z[k] - largest)));
  if (dy != nullptr)
    for (std::size_t k = 0; k < outputs; ++k)
      dy[k] = scale * (whole * (std::exp(z[k] - largest) / exponentials) - weights[k] * t[k]);
  return sum;
}

}  // namespace

double sum_class_loss(const Objective& objective, const float* prediction, const float* target,
                      std::int64_t columns, std::int64_t outputs, float scale, float* dy) {
  const auto weights = objective.class_weights.empty()
                           ? std::vector<float>(static_cast<std::size_t>(outputs), 1.0F)
                           : objective.class_weights;
  base::expects(weights.size() == static_cast<std::size_t>(outputs), "each class has a weight");
  base::expects(objective.is_plain(), "weights of outputs and fluxes are for losses of numbers");
  const auto row = objective.loss == Loss::bce ? binary_row : softmax_row;
  double sum = 0.0;
  for (std::int64_t at = 0; at < columns * outputs; at += outputs)
    sum += row(weights, prediction + at, target + at, scale, dy == nullptr ? nullptr : dy + at);
  return sum;
}

}  // namespace colonnade::nn
