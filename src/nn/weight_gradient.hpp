#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/precision.hpp>

#include <nn/primitive.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <type_traits>
#include <vector>

namespace colonnade::nn {

/// Products into which a layer's weight gradient is worth cutting: each rearranges the columns for
/// itself, in bf16 more than in fp32, and blocks of so many rows cost 1 % of a micro-batch at most
/// (100 and 512 rows, 256 and 512 columns of 4128 inputs).
std::int64_t row_blocks(std::int64_t out, Precision precision);

/// dW (out, in) = delta^T input, in blocks of rows from the last to the first, with the bits of a
/// single product.
class WeightGradient {
 public:
  WeightGradient(const dnnl::engine& engine, Precision precision, std::int64_t columns,
                 std::int64_t in, std::int64_t out, std::int64_t blocks);

  /// Writes the gradient for `delta` (columns, out) and `input` (columns, in), and tells `done`
  /// after each block from which value on it stands.
  void run(const dnnl::stream& stream, const void* delta, const void* input, float* gradient,
           const std::function<void(std::size_t first)>& done);

  /// Calls work(primitive) for each product.
  template <typename Work>
  void each_primitive(Work work) {
    for (Block& block : blocks_) work(block.product);
  }

 private:
  struct Block {
    std::int64_t first;  ///< row
    std::int64_t rows;
    Primitive product;
  };

  const void* part_of(const void* delta, const Block& block);

  std::int64_t columns_, in_, out_;
  std::size_t value_bytes_;
  std::vector<Block> blocks_;            ///< the last rows first
  base::AlignedBuffer<std::byte> part_;  ///< (columns, rows of a block)
};

/// The gradient of the biases: sums the rows of `delta` (columns, out), from the first to the last.
template <typename Value>
void sum_columns(const Value* delta, std::int64_t columns, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0F);
  for (std::int64_t column = 0; column < columns; ++column, delta += sums.size())
    for (std::size_t o = 0; o < sums.size(); ++o)
      if constexpr (std::is_same_v<Value, base::Bfloat16>)
        sums[o] += base::to_float(delta[o]);
      else
        sums[o] += delta[o];
}

}  // namespace colonnade::nn
