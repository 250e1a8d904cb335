#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/nn/loss.hpp>

#include <nn/lanes.hpp>
#include <nn/names.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace colonnade::nn {

namespace {

constexpr Names<3> loss_names{"mse", "mae", "huber"};

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

COLONNADE_VECTOR_WIDTHS
void write_slopes(Loss loss, const float* prediction, const float* target, std::size_t count,
                  float scale, float* __restrict dy) {
  with_pointwise(loss, [=]<typename Pointwise>(Pointwise) {
    for (std::size_t i = 0; i < count; ++i)
      dy[i] = scale * Pointwise::slope(prediction[i] - target[i]);
  });
}

}  // namespace

Loss loss_from_name(std::string_view name) {
  return value_in<Loss>(loss_names, "loss", name);
}

std::string_view name_of(Loss loss) {
  return name_in(loss_names, loss);
}

double loss_sum(Loss loss, const float* prediction, const float* target, std::int64_t valid_columns,
                std::int64_t outputs) {
  return sum_values(loss, prediction, target, static_cast<std::size_t>(valid_columns * outputs));
}

double loss_and_gradient(Loss loss, const float* prediction, const float* target,
                         std::int64_t valid_columns, std::int64_t columns, std::int64_t outputs,
                         double scale, float* dy) {
  base::expects(0 <= valid_columns && valid_columns <= columns,
                "no more valid columns than columns");
  const auto count = static_cast<std::size_t>(valid_columns * outputs);
  write_slopes(loss, prediction, target, count, static_cast<float>(scale), dy);
  std::fill(dy + count, dy + columns * outputs, 0.0F);
  return sum_values(loss, prediction, target, count);
}

}  // namespace colonnade::nn
