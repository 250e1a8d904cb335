#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/nn/kernel.hpp>

#include <cstddef>
#include <cstdint>

namespace colonnade::nn {

/// Sets values of one layer to zero, each with a probability that is a multiple of 2^-16, and
/// multiplies the others so that the mean stays. Which ones is a function of the seed, the
/// micro-batch, the layer, the row and the unit alone.
class Dropout {
 public:
  Dropout(double part, std::uint64_t layer, std::int64_t columns, std::int64_t width);

  /// Draws anew for the valid rows of `values` (columns, width); those beyond become zero.
  void forward(Precision precision, const TrainingRows& rows, void* values);
  /// Does the same to their derivatives.
  void backward(Precision precision, void* derivatives);

 private:
  void draw(const TrainingRows& rows);

  std::uint32_t threshold_;  ///< of 2^16: values below are dropped
  std::uint64_t layer_;
  std::size_t columns_, width_;
  base::AlignedBuffer<std::uint32_t> bits_;
  base::AlignedBuffer<float> factors_;  ///< (columns, width), and perhaps one more
  base::AlignedBuffer<float> row_;
};

}  // namespace colonnade::nn
