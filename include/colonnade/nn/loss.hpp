#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace colonnade::nn {

/// Of numbers, losses of the difference d: d^2; |d|; d^2/2 where |d| < 1, else |d| - 1/2. Of
/// classes, whose targets are 0 or 1 and whose predictions are logits: bce, the binary
/// cross-entropy of each output's sigmoid; cross_entropy, that of the softmax over a column's
/// outputs, of whose targets one is 1.
enum class Loss { mse, mae, huber, bce, cross_entropy };

/// The loss called `name`. Throws base::Error (usage) that lists the names.
Loss loss_from_name(std::string_view name);
std::string_view name_of(Loss loss);

constexpr bool is_of_classes(Loss loss) {
  return loss == Loss::bce || loss == Loss::cross_entropy;
}

/// What the sum over so many columns is divided by for the mean: columns * outputs, but for
/// cross_entropy the columns.
constexpr std::int64_t terms_of(Loss loss, std::int64_t columns, std::int64_t outputs) {
  return loss == Loss::cross_entropy ? columns : columns * outputs;
}

/// Two runs of outputs, a downward and an upward flux at the same n + 1 half levels, and the n
/// layers between them. The error of layer k is
/// factor[k] * (net error at k + 1 - net error at k), the net error being
/// down_scale[k] * error of output down + k - up_scale[k] * error of output up + k.
struct FluxLayers {
  std::size_t down, up;
  std::vector<float> down_scale{}, up_scale{};  ///< n + 1 each
  std::vector<float> factor{};                  ///< n
};

/// What a network is trained for: in each column the sum of weight * loss(error) over the outputs,
/// and of flux_weight * loss(error) over the layers of `fluxes`.
struct Objective {
  Loss loss = Loss::mse;
  std::vector<float> weights{};  ///< of the outputs; empty: 1
  std::vector<FluxLayers> fluxes{};
  float flux_weight = 0.0F;
  /// Of the classes, in losses of classes alone; empty: 1. For bce the factor of an output's loss
  /// where its target is 1, for cross_entropy that of a column's loss by its class.
  std::vector<float> class_weights{};

  [[nodiscard]] bool is_plain() const noexcept { return weights.empty() && fluxes.empty(); }
};

/// Sums the objective over the first `valid_columns` of `columns` rows of `outputs` values, and
/// writes dy = scale * dobjective/dprediction (columns, outputs), zero in the rows beyond. For the
/// mean over a batch, scale is 1 / terms_of the batch. The order of the sum is fixed.
double loss_and_gradient(const Objective& objective, const float* prediction, const float* target,
                         std::int64_t valid_columns, std::int64_t columns, std::int64_t outputs,
                         double scale, float* dy);

/// The same sum without the gradient, with the same bits.
double loss_sum(const Objective& objective, const float* prediction, const float* target,
                std::int64_t valid_columns, std::int64_t outputs);

}  // namespace colonnade::nn
