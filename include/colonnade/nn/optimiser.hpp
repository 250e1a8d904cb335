#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace colonnade::nn {

enum class Algorithm { sgd, momentum, adam, adamw };

/// The algorithm called `name`. Throws base::Error (usage) that lists the names.
Algorithm algorithm_from_name(std::string_view name);
std::string_view name_of(Algorithm algorithm);

/// Constants of a step, with PyTorch's meaning. Weight decay is added to the gradient, except for
/// adamw, where it shrinks the weights directly (Loshchilov and Hutter 2019).
struct OptimiserConfig {
  Algorithm algorithm = Algorithm::adamw;
  double momentum = 0.9;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
};

/// The update of a contiguous slice of the parameters, and the state it needs. Element by element:
/// the same bits come out however the parameters are cut into slices.
class Optimiser {
 public:
  /// For `count` parameters. Throws base::Error (usage) for constants outside their range.
  Optimiser(const OptimiserConfig& config, std::size_t count);

  /// Moves `weights` against gradient_scale * `gradient` (the scale clips), and rounds them into
  /// `rounded` unless that is empty. One step for the count.
  void step(std::span<float> weights, std::span<const float> gradient, double learning_rate,
            double gradient_scale, std::span<base::Bfloat16> rounded = {});

  /// Number of moments kept per parameter: 0 for sgd, 1 for momentum, 2 for adam and adamw.
  [[nodiscard]] int moment_count() const noexcept { return static_cast<int>(moments_.size()); }
  /// Moment k of every parameter of the slice, to save and restore.
  [[nodiscard]] std::span<float> moment(int k);
  [[nodiscard]] std::span<const float> moment(int k) const;
  [[nodiscard]] std::int64_t step_count() const noexcept { return step_count_; }
  void set_step_count(std::int64_t count) noexcept { step_count_ = count; }

 private:
  struct Rates;
  void step_part(std::size_t begin, std::span<float> weights, const float* gradient,
                 const Rates& rates);

  OptimiserConfig config_;
  std::size_t count_;
  std::vector<base::AlignedBuffer<float>> moments_;
  std::int64_t step_count_ = 0;
};

/// The sum of squares in double precision, in an order that only the number of values fixes.
double sum_of_squares(std::span<const float> values);

}  // namespace colonnade::nn
