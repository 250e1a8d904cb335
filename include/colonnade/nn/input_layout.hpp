#pragma once

#include <colonnade/nn/precision.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace colonnade::nn {

/// Where a kernel reads a micro-batch's inputs: in segments of neighbouring inputs, in each of
/// which the rows of all columns stand one behind the other, so that a product that goes segment by
/// segment reads memory in line. A single segment of all inputs is the plain matrix.
struct InputLayout {
  std::int64_t columns = 0;  ///< rows of each segment, no fewer than the micro-batch has
  std::int64_t inputs = 0;
  std::int64_t segment = 0;   ///< inputs of each segment but the last
  std::int64_t multiple = 1;  ///< rows end with zeros, up to a multiple of this; so segments are

  bool operator==(const InputLayout&) const = default;

  /// The inputs of the segment that starts with input `first`, and where it begins.
  [[nodiscard]] std::int64_t width(std::int64_t first) const {
    return std::min(segment, inputs - first);
  }
  [[nodiscard]] std::int64_t offset(std::int64_t first) const { return columns * first; }
  /// What lies between the starts of two rows of a segment.
  [[nodiscard]] std::int64_t stride() const {
    return (width(0) + multiple - 1) / multiple * multiple;
  }
  /// Values of a micro-batch.
  [[nodiscard]] std::size_t size() const {
    const std::int64_t last = (inputs - 1) / segment * segment;
    return static_cast<std::size_t>(offset(last) + columns * stride());
  }
};

/// A micro-batch's inputs as a kernel reads them, zeros at first.
struct KernelInputs {
  InputLayout layout;
  PrecisionBuffer values;

  KernelInputs(const InputLayout& of, Precision precision)
      : layout(of), values(precision_buffer(precision, of.size())) {}

  [[nodiscard]] Precision precision() const {
    return values.index() == 0 ? Precision::fp32 : Precision::bf16;
  }
};

/// Calls work(first, width, place) for each segment of the column in a row: its inputs from `first`
/// on stand from `place` on.
template <typename Work>
void each_segment(const InputLayout& layout, std::int64_t row, const Work& work) {
  for (std::int64_t first = 0; first < layout.inputs; first += layout.segment)
    work(first, layout.width(first), layout.offset(first) + row * layout.stride());
}

}  // namespace colonnade::nn
