#include <nn/passes.hpp>
#include <nn/weight_gradient.hpp>

#include <algorithm>

namespace colonnade::nn {

std::int64_t row_blocks(std::int64_t out, Precision precision) {
  const std::int64_t least_rows = precision == Precision::bf16 ? 128 : 48;
  return std::clamp(out / least_rows, std::int64_t{1}, std::int64_t{4});
}

WeightGradient::WeightGradient(const dnnl::engine& engine, Precision precision,
                               std::int64_t columns, std::int64_t in, std::int64_t out,
                               std::int64_t blocks)
    : columns_(columns), in_(in), out_(out), value_bytes_(value_bytes(precision)) {
  const Type type = precision == Precision::bf16 ? Type::bf16 : Type::f32;
  std::int64_t most_rows = 0;
  for (std::int64_t b = blocks; b-- > 0;) {
    const std::int64_t first = row_block_begin(out, blocks, b),
                       rows = row_block_begin(out, blocks, b + 1) - first;
    blocks_.push_back(
        {first, rows,
         product(engine, type, {rows, columns, true}, {columns, in}, false, Type::f32)});
    most_rows = std::max(most_rows, rows);
  }
  if (blocks > 1)
    part_ = base::AlignedBuffer<std::byte>(static_cast<std::size_t>(columns * most_rows) *
                                           value_bytes_);
}

/// The block's part of `delta`, close together: for parts of longer rows oneDNN has another
/// product, with other bits.
const void* WeightGradient::part_of(const void* delta, const Block& block) {
  if (block.rows == out_) return delta;
  const auto bytes = [this](std::int64_t values) {
    return static_cast<std::size_t>(values) * value_bytes_;
  };
  const std::byte* from = static_cast<const std::byte*>(delta) + bytes(block.first);
  std::byte* into = part_.data();
  for (std::int64_t column = 0; column < columns_; ++column) {
    std::copy_n(from, bytes(block.rows), into);
    from += bytes(out_);
    into += bytes(block.rows);
  }
  return part_.data();
}

void WeightGradient::run(const dnnl::stream& stream, const void* delta, const void* input,
                         float* gradient, const std::function<void(std::size_t first)>& done) {
  for (Block& block : blocks_) {
    const auto begin = static_cast<std::size_t>(block.first * in_);
    block.product.run(stream, {{DNNL_ARG_SRC, part_of(delta, block)},
                               {DNNL_ARG_WEIGHTS, input},
                               {DNNL_ARG_DST, gradient + begin}});
    if (done) done(begin);
  }
}

}  // namespace colonnade::nn
