#include <nn/tile_gradient.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <nn/passes.hpp>
#include <nn/tile_product.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// Part of a matrix that the sums of 2 x 2 tiles are written to, as far as it has rows and columns.
struct Place {
  float* values;
  std::int64_t rows, width, stride;
};

/// 16 values of each micro-batch.
struct Term {
  __m512 values;
};
using Terms = std::array<Term, most_micro_batches>;

COLONNADE_TILES inline __m512 add_in_pairs(Terms terms, std::int64_t count) {
  for (; count > 1; count /= 2)
    for (std::size_t i = 0; i < static_cast<std::size_t>(count / 2); ++i)
      terms[i].values = _mm512_add_ps(terms[2 * i].values, terms[2 * i + 1].values);
  return terms[0].values;
}

/// 16 values of `count` micro-batches, `apart` floats from one to the next, added.
template <std::int64_t count>
COLONNADE_TILES inline __m512 sum_of(const float* first, std::int64_t apart) {
  Terms terms;
  for (std::int64_t m = 0; m < count; ++m)
    terms[static_cast<std::size_t>(m)].values = _mm512_load_ps(first + m * apart);
  return add_in_pairs(terms, count);
}

/// The sums of `count` micro-batches' blocks, past the caches, which keep what is in them, where
/// lines are written whole: those are not read before. Stands for other threads after a store
/// fence.
template <std::int64_t count>
COLONNADE_TILES void write_past_caches(const float* block, std::int64_t apart, const Place& place) {
  const __mmask16 left = mask_of_sixteen(place.width),
                  right = mask_of_sixteen(std::max<std::int64_t>(place.width - 16, 0));
  const bool has_whole_lines = reinterpret_cast<std::uintptr_t>(place.values) % 64 == 0 &&
                               place.stride % 16 == 0 && place.width >= 2 * tile_rows;
  read_by_tiles();
  for (std::int64_t row = 0; row < std::min(place.rows, 2 * tile_rows); ++row) {
    const float* const sums = block + row / tile_rows * 2 * sum_tile + row % tile_rows * 16;
    const __m512 low = sum_of<count>(sums, apart), high = sum_of<count>(sums + sum_tile, apart);
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

/// Sums of 32 columns of `delta` over some rows, from the first to the last.
struct Halves {
  __m512 low, high;
};
COLONNADE_TILES Halves sum_rows(const Bfloat16* delta, std::int64_t stride, std::int64_t rows) {
  Halves sums{_mm512_setzero_ps(), _mm512_setzero_ps()};
  for (std::int64_t row = 0; row < rows; ++row, delta += stride) {
    sums.low = _mm512_add_ps(sums.low, load_widened(delta, tile_rows));
    sums.high = _mm512_add_ps(sums.high, load_widened(delta + tile_rows, tile_rows));
  }
  return sums;
}

}  // namespace

void TileGradient::make_room(std::int64_t widest) {
  turned_ = TileValues(size_of(widest * most_ * steps_over(columns_), tile_values));
  blocks_ = (widest + 1) / 2;
  scratch_ = base::AlignedBuffer<float>(size_of(most_ * blocks_, sum_block));
}

COLONNADE_TILES void TileGradient::take(const TileLayer& layer, std::int64_t count, float* biases) {
  count_ = count;
  const std::int64_t out = layer.view.out, stride = layer.stride();
  pack_left_transposed({layer.delta.data(), count * columns_, out, stride}, turned_.data());
  for (std::int64_t o = 0; o < out; o += 2 * tile_rows) {
    Terms low, high;
    for (std::int64_t m = 0; m < count; ++m) {
      const Halves sums =
          sum_rows(layer.delta.data() + m * columns_ * stride + o, stride, columns_);
      low[static_cast<std::size_t>(m)].values = sums.low;
      high[static_cast<std::size_t>(m)].values = sums.high;
    }
    _mm512_mask_storeu_ps(biases + o, mask_of_sixteen(out - o), add_in_pairs(low, count));
    if (out - o > tile_rows)
      _mm512_mask_storeu_ps(biases + o + tile_rows, mask_of_sixteen(out - o - tile_rows),
                            add_in_pairs(high, count));
  }
}

/// The sums of each micro-batch for the panel's two tiles of inputs.
COLONNADE_TILES void TileGradient::multiply_panel(std::int64_t begin, std::int64_t end,
                                                  std::int64_t across) {
  const std::int64_t each = steps_over(columns_), steps = steps_over(count_ * columns_);
  for (std::int64_t m = 0; m < count_; ++m)
    for (std::int64_t first = 0; first < each; first += segment_steps)
      for (std::int64_t row = begin; row < end; row += 2 * tile_rows) {
        const std::int64_t skipped = (m * each + first) * tile_values;
        const Segment segment{
            left_of_tiles(turned_.data() + row * steps * tile_depth + skipped, steps),
            {panel_.data() + skipped, steps * tile_values},
            std::min(segment_steps, each - first)};
        float* const sums =
            scratch_.data() + (m * blocks_ + (row - begin) / (2 * tile_rows)) * sum_block;
        multiply(segment, std::min<std::int64_t>(2, tiles_over(end - row)), across, sums,
                 first == 0);
      }
}

COLONNADE_TILES void TileGradient::write(const TileLayer& layer, const Input& input,
                                         std::int64_t begin, std::int64_t end, float* gradient) {
  const std::int64_t in = layer.view.in;
  const auto write_sums = count_ == 1   ? write_past_caches<1>
                          : count_ == 2 ? write_past_caches<2>
                                        : write_past_caches<most_micro_batches>;
  for (std::int64_t j = 0; j < layer.in_tiles(); j += 2) {
    const std::int64_t across = std::min<std::int64_t>(2, layer.in_tiles() - j);
    pack_right(input.rows_from(j * tile_rows), 0, across, panel_.data());
    multiply_panel(begin, end, across);
    for (std::int64_t row = begin; row < end; row += 2 * tile_rows)
      write_sums(scratch_.data() + (row - begin) / (2 * tile_rows) * sum_block, blocks_ * sum_block,
                 {gradient + row * in + j * tile_rows, end - row, in - j * tile_rows, in});
  }
  _mm_sfence();
}

}  // namespace colonnade::nn

#endif
