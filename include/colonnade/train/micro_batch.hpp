#pragma once

#include <colonnade/nn/input_layout.hpp>

#include <cstdint>
#include <span>

namespace colonnade::train {

/// Room for a micro-batch: rows of a kernel's inputs, in the columns' precision, and targets.
struct MicroBatch {
  nn::KernelInputs& x;
  std::int64_t first = 0;  ///< row of x
  std::int64_t rows = 0;
  std::span<float> y;  ///< (rows, outputs)
};

}  // namespace colonnade::train
