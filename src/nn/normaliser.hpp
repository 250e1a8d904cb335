#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/nn/kernel.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::nn {

/// Batch normalisation of one layer's values (columns, out) in training, over the valid rows of the
/// micro-batch; sums are in double precision and in the rows' order.
class Normaliser {
 public:
  Normaliser(const LayerView& layer, std::int64_t columns);

  /// Where the values to be normalised are written before each pass forward.
  [[nodiscard]] float* values() noexcept { return values_.data(); }

  /// Writes gamma (value - mean) / sqrt(variance + epsilon) + beta to `normalised` (columns, out);
  /// `gamma` points to gamma and beta, and both are in `precision`.
  void forward(Precision precision, std::int64_t valid, const void* gamma, void* normalised);
  /// Turns the loss's derivatives to what forward() wrote into those to values(), zero in rows that
  /// are not valid, and writes the gradient of gamma and beta.
  void backward(Precision precision, const void* gamma, void* derivatives,
                std::span<float> gradient);
  /// Writes `share` times the mean and the variance (with the divisor n - 1; 0 for one column) of
  /// the last pass forward.
  void write_statistics(double share, std::span<float> statistics) const;

 private:
  void take_moments();
  std::span<float> row(std::size_t index);

  std::size_t columns_, width_;
  std::size_t valid_ = 0;
  base::AlignedBuffer<float> values_;
  std::vector<double> mean_, squares_;  ///< and the mean square of what differs from it
  std::vector<double> d_gamma_, d_beta_;
  std::vector<float> inverse_, factors_;  ///< 1 / sqrt(variance + epsilon); gamma and beta
  std::vector<float> row_;
};

}  // namespace colonnade::nn
