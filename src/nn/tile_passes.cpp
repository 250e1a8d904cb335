#include <nn/passes.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <nn/tile_activation.hpp>
#include <nn/tile_layer.hpp>
#include <nn/tile_product.hpp>
#include <nn/weight_gradient.hpp>

#include <algorithm>
#include <vector>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// Packed weights of this many values stay in the second-level cache. Beyond that the inner
/// dimension is cut, so that the left operand is read from the first-level cache.
constexpr std::int64_t cached_weights = 5 << 17, cut_steps = 8;

class TilePasses final : public Passes {
 public:
  TilePasses(const MlpShape& shape, std::int64_t columns, KernelUse use);

  void set_weights(const void* weights) override;
  const float* forward(const void* x, const TrainingRows* rows) override;
  void backward(const void* x, const float* dy, std::span<float> gradient,
                const Ready& ready) override;

 private:
  [[nodiscard]] Rows input_of(std::size_t l, const void* x) const;
  void plan_forward(const TileLayer& layer, const Rows& input);
  void multiply_forward(TileLayer& layer, const Bfloat16* input);
  template <Activation activation>
  void multiply_activated(TileLayer& layer, const Bfloat16* input);
  void multiply_last(const TileLayer& layer);
  void round_derivative(const float* dy);
  void write_bias_gradient(const TileLayer& layer, float* gradient) const;
  void turn(const TileLayer& layer);
  void write_weight_gradient(const TileLayer& layer, const Rows& input, std::int64_t begin,
                             std::int64_t end, float* gradient);
  void propagate(const TileLayer& layer, TileLayer& below);

  std::int64_t columns_;
  Activation activation_;
  std::int64_t first_blocks_;  ///< of the first layer's weight gradient
  std::vector<TileLayer> layers_;
  std::vector<Segment> segments_;
  TileValues tail_;                     ///< (columns, tile_depth): inputs beyond whole steps
  TileValues panel_;                    ///< two tiles of a layer's inputs, by all columns
  TileValues turned_;                   ///< delta^T
  base::AlignedBuffer<float> scratch_;  ///< sums
  base::AlignedBuffer<float> outputs_;  ///< (columns, outputs)
};

TilePasses::TilePasses(const MlpShape& shape, std::int64_t columns, KernelUse use)
    : columns_(columns),
      activation_(shape.activation),
      first_blocks_(
          use == KernelUse::training_in_blocks ? row_blocks(shape.widths[1], Precision::bf16) : 1),
      tail_(size_of(columns, tile_depth)),
      panel_(size_of(2 * steps_over(columns), tile_values)),
      outputs_(size_of(columns, shape.outputs())) {
  const std::vector<LayerView> views = layers(shape);
  std::int64_t widest = 0, blocks = 1;
  std::size_t segments = 1;
  for (std::size_t l = 0; l < views.size(); ++l) {
    layers_.push_back(make_layer(views[l], columns, l == 0, l + 1 == views.size()));
    const TileLayer& layer = layers_.back();
    widest = std::max(widest, layer.out_tiles());
    blocks = std::max(blocks, (layer.out_tiles() + 1) / 2 * ((tiles_over(columns) + 1) / 2));
    segments = std::max(segments, static_cast<std::size_t>(layer.in_steps() / cut_steps + 2));
  }
  segments_.reserve(segments);
  turned_ = TileValues(size_of(widest * steps_over(columns), tile_values));
  scratch_ = base::AlignedBuffer<float>(size_of(blocks, sum_block));
}

COLONNADE_TILES void TilePasses::set_weights(const void* weights) {
  const auto* const all = static_cast<const Bfloat16*>(weights);
  for (TileLayer& layer : layers_) {
    const auto [in, out] = std::pair(layer.view.in, layer.view.out);
    const Rows matrix{all + layer.view.weight_offset, out, in, in};
    pack_right_transposed(matrix, layer.forward_weights.data());
    if (layer.backward_weights.size() > 0)
      pack_right(matrix, 0, layer.in_tiles(), layer.backward_weights.data());
    const Bfloat16* const bias = all + layer.view.bias_offset;
    for (std::int64_t o = 0; o < out; o += tile_rows)
      _mm512_store_ps(layer.bias.data() + o, load_widened(bias + o, out - o));
  }
}

Rows TilePasses::input_of(std::size_t l, const void* x) const {
  const std::int64_t width = layers_[l].view.in;
  if (l == 0) return {static_cast<const Bfloat16*>(x), columns_, width, width};
  return {layers_[l - 1].after.data(), columns_, width, layers_[l - 1].stride()};
}

/// A row of x ends amid a step: that part is copied, with zeros behind it.
void TilePasses::plan_forward(const TileLayer& layer, const Rows& input) {
  const std::int64_t whole = input.stride / tile_depth, steps = layer.in_steps();
  const std::int64_t most = layer.out_tiles() * steps * tile_values > cached_weights
                                ? cut_steps
                                : std::max<std::int64_t>(whole, 1);
  const auto right = [&](std::int64_t step) {
    return Right{layer.forward_weights.data() + step * tile_values, steps * tile_values};
  };
  segments_.clear();
  for (std::int64_t step = 0; step < whole; step += most)
    segments_.push_back({left_of_rows(input.values + step * tile_depth, input.stride), right(step),
                         std::min(most, whole - step)});
  if (whole == steps) return;
  for (std::int64_t row = 0; row < input.rows; ++row)
    std::copy(input.values + row * input.stride + whole * tile_depth,
              input.values + (row + 1) * input.stride, tail_.data() + row * tile_depth);
  segments_.push_back({left_of_rows(tail_.data(), tile_depth), right(whole), 1});
}

template <Activation activation>
COLONNADE_TILES void TilePasses::multiply_activated(TileLayer& layer, const Bfloat16* input) {
  const std::int64_t out = layer.view.out, stride = layer.stride();
  product(segments_, tiles_over(columns_), layer.out_tiles(), scratch_.data(),
          [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
            const __m512 bias = _mm512_load_ps(layer.bias.data() + j * tile_rows);
            for (std::int64_t row = 0; row < tile_rows; ++row) {
              const Activated at =
                  activated<activation>(_mm512_add_ps(_mm512_load_ps(sums + 16 * row), bias));
              const std::int64_t place = (i * tile_rows + row) * stride + j * tile_rows;
              const __m512 value =
                  layer.view.adds_input
                      ? _mm512_add_ps(at.value, load_widened(input + place, out - j * tile_rows))
                      : at.value;
              store_rounded(value, out - j * tile_rows, layer.after.data() + place);
              store_rounded(at.slope, out - j * tile_rows, layer.slope.data() + place);
            }
          });
}

/// `input` has the rows of `after` where the layer adds it.
void TilePasses::multiply_forward(TileLayer& layer, const Bfloat16* input) {
  switch (activation_) {
    case Activation::silu:
      return multiply_activated<Activation::silu>(layer, input);
    case Activation::relu:
      return multiply_activated<Activation::relu>(layer, input);
    case Activation::gelu:
      return multiply_activated<Activation::gelu>(layer, input);
    case Activation::tanh:
      return multiply_activated<Activation::tanh>(layer, input);
  }
}

COLONNADE_TILES void TilePasses::multiply_last(const TileLayer& layer) {
  const std::int64_t out = layer.view.out;
  product(segments_, tiles_over(columns_), layer.out_tiles(), scratch_.data(),
          [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
            const __m512 bias = _mm512_load_ps(layer.bias.data() + j * tile_rows);
            float* into = outputs_.data() + i * tile_rows * out + j * tile_rows;
            for (std::int64_t row = 0; row < tile_rows; ++row, into += out)
              _mm512_mask_storeu_ps(into, mask_of_sixteen(out - j * tile_rows),
                                    _mm512_add_ps(_mm512_load_ps(sums + 16 * row), bias));
          });
}

const float* TilePasses::forward(const void* x, const TrainingRows* /*rows*/) {
  const TileScope scope;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Rows input = input_of(l, x);
    plan_forward(layers_[l], input);
    if (l + 1 < layers_.size())
      multiply_forward(layers_[l], input.values);
    else
      multiply_last(layers_[l]);
  }
  return outputs_.data();
}

COLONNADE_TILES void TilePasses::round_derivative(const float* dy) {
  TileLayer& last = layers_.back();
  const std::int64_t out = last.view.out;
  for (std::int64_t row = 0; row < columns_; ++row, dy += out)
    for (std::int64_t o = 0; o < out; o += 16)
      store_rounded(_mm512_maskz_loadu_ps(mask_of_sixteen(out - o), dy + o), out - o,
                    last.delta.data() + row * last.stride() + o);
}

/// The sums of delta's rows, from the first to the last.
COLONNADE_TILES void TilePasses::write_bias_gradient(const TileLayer& layer,
                                                     float* gradient) const {
  const std::int64_t out = layer.view.out;
  for (std::int64_t o = 0; o < out; o += 2 * tile_rows) {
    __m512 low = _mm512_setzero_ps(), high = _mm512_setzero_ps();
    const Bfloat16* delta = layer.delta.data() + o;
    for (std::int64_t row = 0; row < columns_; ++row, delta += layer.stride()) {
      low = _mm512_add_ps(low, load_widened(delta, tile_rows));
      high = _mm512_add_ps(high, load_widened(delta + tile_rows, tile_rows));
    }
    _mm512_mask_storeu_ps(gradient + o, mask_of_sixteen(out - o), low);
    if (out - o > tile_rows)
      _mm512_mask_storeu_ps(gradient + o + tile_rows, mask_of_sixteen(out - o - tile_rows), high);
  }
}

void TilePasses::turn(const TileLayer& layer) {
  pack_left_transposed({layer.delta.data(), columns_, layer.view.out, layer.stride()},
                       turned_.data());
}

/// Rows from `begin` to `end` of dW = delta^T input; `begin` is that of a tile.
COLONNADE_TILES void TilePasses::write_weight_gradient(const TileLayer& layer, const Rows& input,
                                                       std::int64_t begin, std::int64_t end,
                                                       float* gradient) {
  const std::int64_t in = layer.view.in, steps = steps_over(columns_);
  for (std::int64_t j = 0; j < layer.in_tiles(); j += 2) {
    const std::int64_t across = std::min<std::int64_t>(2, layer.in_tiles() - j);
    pack_right(input, j, j + across, panel_.data());
    for (std::int64_t row = begin; row < end; row += 2 * tile_rows) {
      const std::int64_t down = std::min<std::int64_t>(2, tiles_over(end - row));
      const Segment segment{left_of_tiles(turned_.data() + row * steps * tile_depth, steps),
                            {panel_.data(), steps * tile_values},
                            steps};
      float* const into = gradient + row * in + j * tile_rows;
      const std::int64_t rows = end - row, width = in - j * tile_rows;
      if (rows >= down * tile_rows && width >= across * tile_rows) {
        multiply<Stream::left>(segment, down, across, {into, tile_rows * in, tile_rows, in}, true);
        continue;
      }
      multiply<Stream::left>(segment, down, across, sums_in_block(scratch_.data()), true);
      for (std::int64_t r = 0; r < std::min(rows, 2 * tile_rows); ++r)
        for (std::int64_t b = 0; b < across; ++b) {
          const float* const sums =
              scratch_.data() + (2 * (r / tile_rows) + b) * sum_tile + r % tile_rows * 16;
          _mm512_mask_storeu_ps(into + r * in + b * tile_rows,
                                mask_of_sixteen(width - b * tile_rows), _mm512_load_ps(sums));
        }
    }
  }
}

/// delta of the layer below: (delta W) f'(z), with what goes past the layer added to delta W.
COLONNADE_TILES void TilePasses::propagate(const TileLayer& layer, TileLayer& below) {
  const std::int64_t steps = layer.out_steps(), width = layer.view.in, stride = below.stride();
  segments_.clear();
  segments_.push_back({left_of_rows(layer.delta.data(), layer.stride()),
                       {layer.backward_weights.data(), steps * tile_values},
                       steps});
  product(segments_, tiles_over(columns_), layer.in_tiles(), scratch_.data(),
          [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
            const std::int64_t count = width - j * tile_rows;
            for (std::int64_t row = 0; row < tile_rows; ++row) {
              const std::int64_t place = (i * tile_rows + row) * stride + j * tile_rows;
              const __m512 slope = load_widened(below.slope.data() + place, count);
              __m512 d_after = _mm512_load_ps(sums + 16 * row);
              if (layer.view.adds_input)
                d_after = _mm512_add_ps(d_after, load_widened(layer.d_after.data() + place, count));
              if (below.view.adds_input)
                store_rounded(d_after, count, below.d_after.data() + place);
              store_rounded(_mm512_mul_ps(d_after, slope), count, below.delta.data() + place);
            }
          });
}

void TilePasses::backward(const void* x, const float* dy, std::span<float> gradient,
                          const Ready& ready) {
  const TileScope scope;
  round_derivative(dy);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const TileLayer& layer = layers_[l];
    float* const into = gradient.data() + layer.view.weight_offset;
    write_bias_gradient(layer, gradient.data() + layer.view.bias_offset);
    turn(layer);
    for (std::int64_t blocks = l == 0 ? first_blocks_ : 1, b = blocks; b-- > 0;) {
      const std::int64_t begin = row_block_begin(layer.view.out, blocks, b);
      write_weight_gradient(layer, input_of(l, x), begin,
                            row_block_begin(layer.view.out, blocks, b + 1), into);
      if (ready) ready(layer.view.weight_offset + static_cast<std::size_t>(begin * layer.view.in));
    }
    if (l > 0) propagate(layer, layers_[l - 1]);
  }
}

}  // namespace

std::unique_ptr<Passes> tile_passes(const MlpShape& shape, std::int64_t columns, KernelUse use) {
  return std::make_unique<TilePasses>(shape, columns, use);
}

}  // namespace colonnade::nn

#endif
