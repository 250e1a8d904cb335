#pragma once

#include <colonnade/base/bfloat16.hpp>

#include <cstdint>

namespace colonnade::nn {

/// Rows of a tile, and the values of bf16 in a row of one.
inline constexpr std::int64_t tile_rows = 16, tile_depth = 32;
/// Values of bf16 in a tile.
inline constexpr std::int64_t tile_values = tile_rows * tile_depth;

constexpr std::int64_t tiles_over(std::int64_t values) {
  return (values + tile_rows - 1) / tile_rows;
}
constexpr std::int64_t steps_over(std::int64_t values) {
  return (values + tile_depth - 1) / tile_depth;
}

/// A matrix of bf16, row-major, of which `stride` values lie between the starts of two rows.
struct Rows {
  const base::Bfloat16* values;
  std::int64_t rows;
  std::int64_t width;
  std::int64_t stride;
};

/// The three below write whole tiles, `steps_over` of the inner dimension for each of the
/// `tiles_over` of the outer one, with zeros where the matrix ends. A right tile holds 16 pairs of
/// neighbours along the inner dimension by 16 outer values; a left one 16 outer values by 32 inner.

/// For a right operand (inner, outer) that lies as it is: outer tiles from `first` to `end`.
void pack_right(const Rows& matrix, std::int64_t first, std::int64_t end, base::Bfloat16* tiles);
/// For a right operand (inner, outer) of which the transpose lies there: (outer, inner).
void pack_right_transposed(const Rows& matrix, base::Bfloat16* tiles);
/// For a left operand (outer, inner) of which the transpose lies there: (inner, outer).
void pack_left_transposed(const Rows& matrix, base::Bfloat16* tiles);

}  // namespace colonnade::nn
