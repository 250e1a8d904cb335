#pragma once

#include <nn/intrinsics.hpp>
#include <nn/tile_pack.hpp>
#include <nn/tile_target.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace colonnade::nn {

/// The compiler does not know that loads of tiles read memory: what was written before stands after
/// this.
inline void read_by_tiles() {
  __asm__ volatile("" ::: "memory");
}

/// The calling thread's tile registers, all 16 rows of 64 bytes, until the end of the scope.
class TileScope {
 public:
  COLONNADE_TILES TileScope() {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0;
      std::array<std::uint8_t, 14> reserved{};
      std::array<std::uint16_t, 16> row_bytes{64, 64, 64, 64, 64, 64, 64, 64};
      std::array<std::uint8_t, 16> rows{16, 16, 16, 16, 16, 16, 16, 16};
    } config;
    read_by_tiles();
    _tile_loadconfig(&config);
  }
  COLONNADE_TILES ~TileScope() { _tile_release(); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

/// A left operand: 16 rows of a tile are `row` values apart, neighbouring tiles `tile`, and steps
/// along the inner dimension `step`.
struct Left {
  const base::Bfloat16* values;
  std::int64_t row, tile, step;
};

/// Rows as they lie; those of x, say.
inline Left left_of_rows(const base::Bfloat16* values, std::int64_t stride) {
  return {values, stride, tile_rows * stride, tile_depth};
}
/// What pack_left_transposed() has written.
inline Left left_of_tiles(const base::Bfloat16* tiles, std::int64_t steps) {
  return {tiles, tile_depth, steps * tile_values, tile_values};
}

/// A right operand, packed: neighbouring tiles are `tile` values apart.
struct Right {
  const base::Bfloat16* tiles;
  std::int64_t tile;
};

/// Steps that a long inner dimension is cut into: two tiles' rows of each operand then share the
/// first-level cache.
inline constexpr std::int64_t segment_steps = 8;

/// Some steps along the inner dimension.
struct Segment {
  Left left;
  Right right;
  std::int64_t steps;
};

/// Sums of 2 x 2 tiles, one tile after another, each 16 rows of 16.
inline constexpr std::int64_t sum_tile = 256, sum_block = 4 * sum_tile;

/// Adds the products of Down x Across tiles to the sums, or begins them. Step by step: where the
/// inner dimension is cut into segments does not matter for the bits.
template <int Down, int Across>
COLONNADE_TILES inline void multiply(const Segment& segment, float* sums, bool begins) {
  const auto bytes = [](std::int64_t row) {
    return static_cast<std::size_t>(row) * sizeof(base::Bfloat16);
  };
  const std::size_t left_row = bytes(segment.left.row), right_row = bytes(tile_depth);
  constexpr std::size_t sum_row = 16 * sizeof(float);
  read_by_tiles();
  if (begins) {
    _tile_zero(0);
    if constexpr (Across == 2) _tile_zero(1);
    if constexpr (Down == 2) _tile_zero(2);
    if constexpr (Down == 2 && Across == 2) _tile_zero(3);
  } else {
    _tile_loadd(0, sums, sum_row);
    if constexpr (Across == 2) _tile_loadd(1, sums + sum_tile, sum_row);
    if constexpr (Down == 2) _tile_loadd(2, sums + 2 * sum_tile, sum_row);
    if constexpr (Down == 2 && Across == 2) _tile_loadd(3, sums + 3 * sum_tile, sum_row);
  }
  const base::Bfloat16 *left = segment.left.values, *right = segment.right.tiles;
  for (std::int64_t step = 0; step < segment.steps; ++step) {
    _tile_loadd(4, left, left_row);
    if constexpr (Down == 2) _tile_loadd(5, left + segment.left.tile, left_row);
    _tile_loadd(6, right, right_row);
    if constexpr (Across == 2) _tile_loadd(7, right + segment.right.tile, right_row);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (Across == 2) _tile_dpbf16ps(1, 4, 7);
    if constexpr (Down == 2) _tile_dpbf16ps(2, 5, 6);
    if constexpr (Down == 2 && Across == 2) _tile_dpbf16ps(3, 5, 7);
    left += segment.left.step;
    right += tile_values;
  }
  _tile_stored(0, sums, sum_row);
  if constexpr (Across == 2) _tile_stored(1, sums + sum_tile, sum_row);
  if constexpr (Down == 2) _tile_stored(2, sums + 2 * sum_tile, sum_row);
  if constexpr (Down == 2 && Across == 2) _tile_stored(3, sums + 3 * sum_tile, sum_row);
}

/// The same for up to 2 x 2 tiles.
COLONNADE_TILES inline void multiply(const Segment& segment, std::int64_t down, std::int64_t across,
                                     float* sums, bool begins) {
  if (down > 1)
    across > 1 ? multiply<2, 2>(segment, sums, begins) : multiply<2, 1>(segment, sums, begins);
  else
    across > 1 ? multiply<1, 2>(segment, sums, begins) : multiply<1, 1>(segment, sums, begins);
}

/// Whether a segment is the first of a product, the last, or both.
struct Turn {
  bool is_first, is_last;
};

/// Adds a segment of left times right to the sums of (down, across) tiles. `scratch` has a block of
/// sums for each 2 x 2 tiles. The last segment calls store(i, j, sums) for each tile: 16 rows
/// of 16.
template <typename Store>
COLONNADE_TILES void product(const Segment& whole, Turn turn, std::int64_t down,
                             std::int64_t across, float* scratch, const Store& store) {
  const std::int64_t blocks_across = (across + 1) / 2;
  for (std::int64_t i = 0; i < down; i += 2)
    for (std::int64_t j = 0; j < across; j += 2) {
      // A single segment's sums are taken at once, and need no more than a block.
      const bool is_single = turn.is_first && turn.is_last;
      const std::int64_t block = is_single ? 0 : i / 2 * blocks_across + j / 2;
      float* const sums = scratch + block * sum_block;
      Segment segment = whole;
      segment.left.values += i * segment.left.tile;
      segment.right.tiles += j * segment.right.tile;
      const std::int64_t rows = std::min<std::int64_t>(2, down - i),
                         columns = std::min<std::int64_t>(2, across - j);
      multiply(segment, rows, columns, sums, turn.is_first);
      if (!turn.is_last) continue;
      for (std::int64_t a = 0; a < rows; ++a)
        for (std::int64_t b = 0; b < columns; ++b)
          store(i + a, j + b, sums + (2 * a + b) * sum_tile);
    }
}

/// The first `count` of 16 values.
COLONNADE_TILES inline __mmask16 mask_of_sixteen(std::int64_t count) {
  return count >= 16 ? __mmask16{0xFFFF} : static_cast<__mmask16>((1U << count) - 1U);
}

}  // namespace colonnade::nn
