#include <nn/tile_pack.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <nn/intrinsics.hpp>
#include <nn/tile_target.hpp>

#include <array>
#include <cstddef>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// 16 rows of 16 pairs.
struct Row {
  __m512i pairs;
};
using Square = std::array<Row, 16>;

/// The first `count` of 32 values, as far as there are any.
COLONNADE_TILES __mmask32 mask_of(std::int64_t count) {
  if (count >= tile_depth) return 0xFFFFFFFFU;
  return count <= 0 ? 0U : (1U << count) - 1U;
}

COLONNADE_TILES void transpose(Square& square) {
  Square t;
  for (std::size_t i = 0; i < 16; i += 2) {
    t[i].pairs = _mm512_unpacklo_epi32(square[i].pairs, square[i + 1].pairs);
    t[i + 1].pairs = _mm512_unpackhi_epi32(square[i].pairs, square[i + 1].pairs);
  }
  for (std::size_t i = 0; i < 16; i += 4)
    for (std::size_t k = 0; k < 2; ++k) {
      square[i + 2 * k].pairs = _mm512_unpacklo_epi64(t[i + k].pairs, t[i + k + 2].pairs);
      square[i + 2 * k + 1].pairs = _mm512_unpackhi_epi64(t[i + k].pairs, t[i + k + 2].pairs);
    }
  for (std::size_t i = 0; i < 16; i += 8)
    for (std::size_t k = 0; k < 4; ++k) {
      t[i + k].pairs = _mm512_shuffle_i32x4(square[i + k].pairs, square[i + k + 4].pairs, 0x88);
      t[i + k + 4].pairs = _mm512_shuffle_i32x4(square[i + k].pairs, square[i + k + 4].pairs, 0xDD);
    }
  for (std::size_t k = 0; k < 8; ++k) {
    square[k].pairs = _mm512_shuffle_i32x4(t[k].pairs, t[k + 8].pairs, 0x88);
    square[k + 8].pairs = _mm512_shuffle_i32x4(t[k].pairs, t[k + 8].pairs, 0xDD);
  }
}

COLONNADE_TILES void store(const Square& square, Bfloat16* tile) {
  for (std::size_t row = 0; row < 16; ++row)
    _mm512_storeu_si512(tile + tile_depth * static_cast<std::int64_t>(row), square[row].pairs);
}

/// Two rows of 32 values as 32 pairs: the first 16, and the others.
struct Pairs {
  __m512i low, high;
};

COLONNADE_TILES Pairs interleave(__m512i even, __m512i odd) {
  const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8,
                                       39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
  const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
  return {_mm512_permutex2var_epi16(even, low, odd), _mm512_permutex2var_epi16(even, high, odd)};
}

/// 32 values of a row from `column` on; zeros beyond its end, and for rows beyond the last.
COLONNADE_TILES __m512i load(const Rows& matrix, std::int64_t row, std::int64_t column) {
  if (row >= matrix.rows) return _mm512_setzero_si512();
  const Bfloat16* const from = matrix.values + row * matrix.stride + column;
  return _mm512_maskz_loadu_epi16(mask_of(matrix.width - column), from);
}

/// Pair p of a step (rows 2p and 2p + 1) for 32 columns.
COLONNADE_TILES Pairs load_pairs(const Rows& matrix, std::int64_t row, std::int64_t column) {
  return interleave(load(matrix, row, column), load(matrix, row + 1, column));
}

/// Two tiles' columns from `from` on, of which none is missing, nor a row.
COLONNADE_TILES void pack_whole(const Bfloat16* from, std::int64_t stride, std::int64_t rows,
                                Bfloat16* low, Bfloat16* high) {
  for (std::int64_t row = 0; row < rows; row += 2, from += 2 * stride) {
    const Pairs pairs = interleave(_mm512_loadu_si512(from), _mm512_loadu_si512(from + stride));
    _mm512_storeu_si512(low + row / 2 * tile_depth, pairs.low);
    _mm512_storeu_si512(high + row / 2 * tile_depth, pairs.high);
  }
}

}  // namespace

COLONNADE_TILES void pack_right(const Rows& matrix, std::int64_t first, std::int64_t end,
                                Bfloat16* tiles) {
  const std::int64_t steps = steps_over(matrix.rows);
  for (std::int64_t tile = first; tile < end; tile += 2, tiles += 2 * steps * tile_values) {
    if (matrix.rows % tile_depth == 0 && tile + 2 <= end &&
        matrix.width >= (tile + 2) * tile_rows) {
      pack_whole(matrix.values + tile * tile_rows, matrix.stride, matrix.rows, tiles,
                 tiles + steps * tile_values);
      continue;
    }
    for (std::int64_t row = 0; row < steps * tile_depth; row += 2) {
      const Pairs pairs = load_pairs(matrix, row, tile * tile_rows);
      Bfloat16* const into = tiles + row / 2 * tile_depth;
      _mm512_storeu_si512(into, pairs.low);
      if (tile + 1 < end) _mm512_storeu_si512(into + steps * tile_values, pairs.high);
    }
  }
}

COLONNADE_TILES void pack_right_transposed(const Rows& matrix, Bfloat16* tiles) {
  const std::int64_t steps = steps_over(matrix.width);
  for (std::int64_t row = 0; row < matrix.rows; row += tile_rows)
    for (std::int64_t step = 0; step < steps; ++step, tiles += tile_values) {
      Square square;
      const Bfloat16* const ahead =
          matrix.values + (row + tile_rows) * matrix.stride + step * tile_depth;
      for (std::size_t i = 0; i < 16; ++i) {
        square[i].pairs = load(matrix, row + static_cast<std::int64_t>(i), step * tile_depth);
        _mm_prefetch(ahead + static_cast<std::int64_t>(i) * matrix.stride, _MM_HINT_T0);
      }
      transpose(square);
      store(square, tiles);
    }
}

COLONNADE_TILES void pack_left_transposed(const Rows& matrix, Bfloat16* tiles) {
  const std::int64_t steps = steps_over(matrix.rows);
  for (std::int64_t column = 0; column < matrix.width; column += 2 * tile_rows)
    for (std::int64_t step = 0; step < steps; ++step) {
      Square low, high;
      for (std::size_t pair = 0; pair < 16; ++pair) {
        const std::int64_t row = step * tile_depth + 2 * static_cast<std::int64_t>(pair);
        const Pairs pairs = load_pairs(matrix, row, column);
        low[pair].pairs = pairs.low;
        high[pair].pairs = pairs.high;
      }
      transpose(low);
      Bfloat16* const into = tiles + (column / tile_rows * steps + step) * tile_values;
      store(low, into);
      if (column + tile_rows >= matrix.width) continue;
      transpose(high);
      store(high, into + steps * tile_values);
    }
}

}  // namespace colonnade::nn

#endif
