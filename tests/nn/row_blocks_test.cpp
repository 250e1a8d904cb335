// What the kernel relies on when it cuts the first layer's weight gradient: blocks of rows, as
// many as row_blocks() allows, have the bits that they have in one product.

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>

#include <gtest/gtest.h>
#include <nn/passes.hpp>
#include <nn/weight_gradient.hpp>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace colonnade::nn {
namespace {

template <typename Value>
std::vector<Value> pattern(std::int64_t count, double phase) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(std::sin(phase + 0.37 * static_cast<double>(i)));
  if constexpr (std::is_same_v<Value, float>) {
    return values;
  } else {
    std::vector<Value> rounded(values.size());
    base::round_to_bfloat16(values, rounded);
    return rounded;
  }
}

/// delta^T x, (out, in), in so many products.
template <typename Value>
std::vector<float> gradient(std::int64_t columns, std::int64_t in, std::int64_t out,
                            std::int64_t blocks) {
  omp_set_num_threads(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const dnnl::stream stream(engine);
  const auto precision = sizeof(Value) == sizeof(float) ? Precision::fp32 : Precision::bf16;
  const auto x = pattern<Value>(columns * in, 0.1), delta = pattern<Value>(columns * out, 1.3);
  std::vector<float> result(static_cast<std::size_t>(in * out), NAN);
  WeightGradient products(engine, precision, columns, in, out, blocks);
  std::size_t bytes = 0;
  products.each_primitive(
      [&](const Primitive& product) { bytes = std::max(bytes, product.scratch_bytes()); });
  base::AlignedBuffer<float> scratch(bytes / sizeof(float) + 1);
  products.each_primitive([&](Primitive& product) { product.set_scratch(scratch.data()); });
  std::int64_t told = 0;
  products.run(stream, delta.data(), x.data(), result.data(), [&](std::size_t first) {
    EXPECT_EQ(first, static_cast<std::size_t>(row_block_begin(out, blocks, blocks - ++told) * in));
    EXPECT_FALSE(std::isnan(result[first]));
    EXPECT_TRUE(first == 0 || std::isnan(result[first - 1]));
  });
  EXPECT_EQ(told, blocks);
  return result;
}

template <typename Value>
void expect_the_same_bits() {
  constexpr auto precision = sizeof(Value) == sizeof(float) ? Precision::fp32 : Precision::bf16;
  for (const std::int64_t columns : {1, 48, 256, 513})
    for (const std::int64_t in : {13, 413, 4128})
      for (const std::int64_t out : {100, 257, 512}) {
        const auto whole = gradient<Value>(columns, in, out, 1);
        for (std::int64_t blocks = 2; blocks <= row_blocks(out, precision); ++blocks)
          EXPECT_EQ(0, std::memcmp(whole.data(), gradient<Value>(columns, in, out, blocks).data(),
                                   whole.size() * sizeof(float)))
              << columns << " columns, " << in << " to " << out << ", " << blocks << " blocks";
      }
}

TEST(RowBlocks, HaveTheBitsOfOneProduct) {
  expect_the_same_bits<float>();
}

TEST(RowBlocks, HaveTheBitsOfOneProductInBf16) {
  expect_the_same_bits<base::Bfloat16>();
}

}  // namespace
}  // namespace colonnade::nn
