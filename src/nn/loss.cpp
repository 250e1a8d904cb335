#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/nn/loss.hpp>

#include <nn/class_loss.hpp>
#include <nn/lanes.hpp>
#include <nn/names.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace colonnade::nn {

namespace {

constexpr Names<5> loss_names{"mse", "mae", "huber", "bce", "cross-entropy"};

struct SquaredError {
  static float value(float d) { return d * d; }
  static float slope(float d) { return 2.0F * d; }
};

struct AbsoluteError {
  static float value(float d) { return std::abs(d); }
  static float slope(float d) {
    return static_cast<float>(d > 0.0F) - static_cast<float>(d < 0.0F);
  }
};

struct HuberError {
  static float value(float d) {
    const float inner = std::min(std::abs(d), 1.0F);
    return inner * (std::abs(d) - 0.5F * inner);
  }
  static float slope(float d) { return std::clamp(d, -1.0F, 1.0F); }
};

/// Calls `work` with the pointwise functions of a loss.
template <typename Work>
[[gnu::always_inline]] inline auto with_pointwise(Loss loss, Work work) {
  switch (loss) {
    case Loss::mae:
      return work(AbsoluteError{});
    case Loss::huber:
      return work(HuberError{});
    case Loss::mse:
    case Loss::bce:
    case Loss::cross_entropy:
      break;
  }
  return work(SquaredError{});
}

COLONNADE_VECTOR_WIDTHS
double sum_values(Loss loss, const float* prediction, const float* target, std::size_t count) {
  return with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    return sum_in_lanes(count,
                        [=](std::size_t i) { return Pointwise::value(prediction[i] - target[i]); });
  });
}

/// Writes the slopes and returns the sum of the values, with the bits of sum_values().
COLONNADE_VECTOR_WIDTHS
double write_slopes(Loss loss, const float* prediction, const float* target, std::size_t count,
                    float scale, float* dy) {
  return with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    return sum_in_lanes(count, [=](std::size_t i) {
      const float d = prediction[i] - target[i];
      dy[i] = scale * Pointwise::slope(d);
      return Pointwise::value(d);
    });
  });
}

COLONNADE_VECTOR_WIDTHS
double sum_weighted(Loss loss, const float* weights, const float* prediction, const float* target,
                    std::size_t outputs) {
  return with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    return sum_in_lanes(outputs, [=](std::size_t i) {
      return weights[i] * Pointwise::value(prediction[i] - target[i]);
    });
  });
}

COLONNADE_VECTOR_WIDTHS
void write_weighted_slopes(Loss loss, const float* weights, const float* prediction,
                           const float* target, std::size_t outputs, float scale,
                           float* __restrict dy) {
  with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    for (std::size_t i = 0; i < outputs; ++i)
      dy[i] = scale * weights[i] * Pointwise::slope(prediction[i] - target[i]);
  });
}

/// Layer by layer of one column; `net` is scratch of a value more.
COLONNADE_VECTOR_WIDTHS
void write_layer_errors(const FluxLayers& layers, const float* prediction, const float* target,
                        float* __restrict net, float* __restrict errors) {
  const std::size_t count = layers.factor.size();
  const float* const down_scale = layers.down_scale.data();
  const float* const up_scale = layers.up_scale.data();
  const float* const factor = layers.factor.data();
  const float *const down = prediction + layers.down, *const up = prediction + layers.up;
  const float *const true_down = target + layers.down, *const true_up = target + layers.up;
  for (std::size_t k = 0; k <= count; ++k)
    net[k] = down_scale[k] * (down[k] - true_down[k]) - up_scale[k] * (up[k] - true_up[k]);
  for (std::size_t k = 0; k < count; ++k) errors[k] = factor[k] * (net[k + 1] - net[k]);
}

COLONNADE_VECTOR_WIDTHS
double sum_errors(Loss loss, const float* errors, std::size_t count) {
  return with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    return sum_in_lanes(count, [=](std::size_t k) { return Pointwise::value(errors[k]); });
  });
}

/// Adds scale * dloss/dprediction to one column's dy; `slopes` is scratch of two values more than
/// layers.
COLONNADE_VECTOR_WIDTHS
void add_layer_slopes(Loss loss, const FluxLayers& layers, const float* errors, float scale,
                      float* __restrict slopes, float* __restrict dy) {
  const std::size_t count = layers.factor.size();
  const float* const factor = layers.factor.data();
  slopes[0] = slopes[count + 1] = 0.0F;
  with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    for (std::size_t k = 0; k < count; ++k)
      slopes[k + 1] = scale * factor[k] * Pointwise::slope(errors[k]);
  });
  const float* const down_scale = layers.down_scale.data();
  const float* const up_scale = layers.up_scale.data();
  float *const down = dy + layers.down, *const up = dy + layers.up;
  for (std::size_t k = 0; k <= count; ++k) down[k] += down_scale[k] * (slopes[k] - slopes[k + 1]);
  for (std::size_t k = 0; k <= count; ++k) up[k] -= up_scale[k] * (slopes[k] - slopes[k + 1]);
}

/// An objective that is more than its pointwise loss, column by column.
class Columns {
 public:
  explicit Columns(const Objective& objective, std::size_t outputs) : objective_(objective) {
    for (const FluxLayers& layers : objective.fluxes) {
      const std::size_t count = layers.factor.size();
      base::expects(layers.down_scale.size() == count + 1 && layers.up_scale.size() == count + 1 &&
                        std::max(layers.down, layers.up) + count < outputs,
                    "a layer lies between two half levels of the outputs");
      most_layers_ = std::max(most_layers_, count);
    }
    weights_ = objective.weights.empty() ? std::vector<float>(outputs, 1.0F) : objective.weights;
    base::expects(weights_.size() == outputs, "each output has a weight");
    errors_.resize(most_layers_);
    scratch_.resize(most_layers_ + 2);
  }

  /// Adds the gradient of one column where `dy` is not null.
  double add(const float* prediction, const float* target, float scale, float* dy) {
    const Loss loss = objective_.loss;
    double sum = sum_weighted(loss, weights_.data(), prediction, target, weights_.size());
    if (dy != nullptr)
      write_weighted_slopes(loss, weights_.data(), prediction, target, weights_.size(), scale, dy);
    for (const FluxLayers& layers : objective_.fluxes) {
      write_layer_errors(layers, prediction, target, scratch_.data(), errors_.data());
      sum += static_cast<double>(objective_.flux_weight) *
             sum_errors(loss, errors_.data(), layers.factor.size());
      if (dy != nullptr)
        add_layer_slopes(loss, layers, errors_.data(), scale * objective_.flux_weight,
                         scratch_.data(), dy);
    }
    return sum;
  }

 private:
  const Objective& objective_;
  std::size_t most_layers_ = 0;
  std::vector<float> weights_, errors_, scratch_;
};

double sum_columns(const Objective& objective, const float* prediction, const float* target,
                   std::int64_t columns, std::int64_t outputs, float scale, float* dy) {
  Columns each(objective, static_cast<std::size_t>(outputs));
  double sum = 0.0;
  for (std::int64_t at = 0; at < columns * outputs; at += outputs)
    sum += each.add(prediction + at, target + at, scale, dy == nullptr ? nullptr : dy + at);
  return sum;
}

}  // namespace

Loss loss_from_name(std::string_view name) {
  return value_in<Loss>(loss_names, "loss", name);
}

std::string_view name_of(Loss loss) {
  return name_in(loss_names, loss);
}

double loss_sum(const Objective& objective, const float* prediction, const float* target,
                std::int64_t valid_columns, std::int64_t outputs) {
  if (is_of_classes(objective.loss))
    return sum_class_loss(objective, prediction, target, valid_columns, outputs, 0.0F, nullptr);
  if (!objective.is_plain())
    return sum_columns(objective, prediction, target, valid_columns, outputs, 0.0F, nullptr);
  return sum_values(objective.loss, prediction, target,
                    static_cast<std::size_t>(valid_columns * outputs));
}

double loss_and_gradient(const Objective& objective, const float* prediction, const float* target,
                         std::int64_t valid_columns, std::int64_t columns, std::int64_t outputs,
                         double scale, float* dy) {
  base::expects(0 <= valid_columns && valid_columns <= columns,
                "no more valid columns than columns");
  const auto count = static_cast<std::size_t>(valid_columns * outputs);
  const auto slope_scale = static_cast<float>(scale);
  std::fill(dy + count, dy + columns * outputs, 0.0F);
  if (is_of_classes(objective.loss))
    return sum_class_loss(objective, prediction, target, valid_columns, outputs, slope_scale, dy);
  if (!objective.is_plain())
    return sum_columns(objective, prediction, target, valid_columns, outputs, slope_scale, dy);
  return write_slopes(objective.loss, prediction, target, count, slope_scale, dy);
}

}  // namespace colonnade::nn
