#pragma once

#include <nn/intrinsics.hpp>
#include <nn/tile_product.hpp>
#include <nn/tile_target.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace colonnade::nn {

/// Part of a matrix that the sums of 2 x 2 tiles are written to, as far as it has rows and columns.
struct Place {
  float* values;
  std::int64_t rows, width, stride;
};

/// Past the caches, which keep what is in them, where lines are written whole: those are not read
/// before. Stands for other threads after a store fence.
COLONNADE_TILES inline void write_past_caches(const float* block, const Place& place) {
  const __mmask16 left = mask_of_sixteen(place.width),
                  right = mask_of_sixteen(std::max<std::int64_t>(place.width - 16, 0));
  const bool has_whole_lines = reinterpret_cast<std::uintptr_t>(place.values) % 64 == 0 &&
                               place.stride % 16 == 0 && place.width >= 2 * tile_rows;
  read_by_tiles();
  for (std::int64_t row = 0; row < std::min(place.rows, 2 * tile_rows); ++row) {
    const float* const sums = block + row / tile_rows * 2 * sum_tile + row % tile_rows * 16;
    const __m512 low = _mm512_load_ps(sums), high = _mm512_load_ps(sums + sum_tile);
    float* const into = place.values + row * place.stride;
    if (has_whole_lines) {
      _mm512_stream_ps(into, low);
      _mm512_stream_ps(into + 16, high);
    } else {
      _mm512_mask_storeu_ps(into, left, low);
      _mm512_mask_storeu_ps(into + 16, right, high);
    }
  }
}

}  // namespace colonnade::nn
