#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/input_layout.hpp>
#include <colonnade/nn/mlp.hpp>

#include <nn/intrinsics.hpp>
#include <nn/tile_pack.hpp>
#include <nn/tile_product.hpp>
#include <nn/tile_target.hpp>

#include <cstddef>
#include <cstdint>

namespace colonnade::nn {

using TileValues = base::AlignedBuffer<base::Bfloat16>;

inline std::size_t size_of(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

/// One layer's operands. What lies between layers has rows of whole steps, with zeros at their
/// ends.
struct TileLayer {
  LayerView view;
  TileValues after;    ///< f(z); none in the last layer, nor the next
  TileValues slope;    ///< f'(z)
  TileValues delta;    ///< the loss's derivative to z
  TileValues d_after;  ///< and to `after`, where the layer adds its input

  [[nodiscard]] std::int64_t in_tiles() const { return tiles_over(view.in); }
  [[nodiscard]] std::int64_t out_tiles() const { return tiles_over(view.out); }
  [[nodiscard]] std::int64_t in_steps() const { return steps_over(view.in); }
  [[nodiscard]] std::int64_t out_steps() const { return steps_over(view.out); }
  [[nodiscard]] std::int64_t stride() const { return out_steps() * tile_depth; }
};

/// Rows of what a layer takes.
struct Input {
  InputLayout layout;
  const base::Bfloat16* values;
  std::int64_t first_row, rows;

  /// The inputs from `first` on, as far as they are in its segment.
  [[nodiscard]] Rows rows_from(std::int64_t first) const {
    const std::int64_t segment = first / layout.segment * layout.segment, within = first - segment;
    return {values + layout.offset(segment) + within + first_row * layout.stride(), rows,
            layout.width(segment) - within, layout.stride()};
  }
  /// The same as a product's left operand, over any number of segments of a step each.
  [[nodiscard]] Left left_from(std::int64_t first) const {
    const Rows from = rows_from(first);
    return {from.values, from.stride, tile_rows * from.stride,
            layout.segment == tile_depth ? layout.offset(tile_depth) : tile_depth};
  }
};

inline TileLayer make_layer(const LayerView& view, std::int64_t columns, bool is_last) {
  TileLayer layer{.view = view, .after = {}, .slope = {}, .delta = {}, .d_after = {}};
  for (TileValues* values : {&layer.after, &layer.slope})
    if (!is_last) *values = TileValues(size_of(columns, layer.stride()));
  layer.delta = TileValues(size_of(columns, layer.stride()));
  if (view.adds_input) layer.d_after = TileValues(size_of(columns, layer.stride()));
  return layer;
}

COLONNADE_TILES inline void store_rounded(__m512 values, std::int64_t count, base::Bfloat16* into) {
  const auto rounded = (__m256i)_mm512_cvtneps_pbh(values);
  _mm256_mask_storeu_epi16(into, mask_of_sixteen(count), rounded);
}

COLONNADE_TILES inline __m512 load_widened(const base::Bfloat16* from, std::int64_t count) {
  const __m256i values = _mm256_maskz_loadu_epi16(mask_of_sixteen(count), from);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16));
}

}  // namespace colonnade::nn
