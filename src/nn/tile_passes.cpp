#include <nn/passes.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <nn/tile_activation.hpp>
#include <nn/tile_layer.hpp>
#include <nn/tile_product.hpp>
#include <nn/tile_sums.hpp>
#include <nn/weight_gradient.hpp>

#include <algorithm>
#include <vector>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// Products with weights take the inner dimension at once up to so many steps, and beyond in
/// segments of less: two tiles' rows of the left operand and two tiles of weights then share the
/// first-level cache, a segment's weights, packed as they are wanted, and all sums the second.
constexpr std::int64_t most_steps = 18, segment_steps = 8;

constexpr std::int64_t segment_of(std::int64_t steps) {
  return steps <= most_steps ? steps : segment_steps;
}

/// What a layer takes.
struct Input {
  InputLayout layout;
  const Bfloat16* values;

  /// The inputs from `first` on, as far as they are in its segment.
  [[nodiscard]] Rows rows_from(std::int64_t first) const {
    const std::int64_t segment = first / layout.segment * layout.segment, within = first - segment;
    return {values + layout.offset(segment) + within, layout.columns,
            layout.width(segment) - within, layout.stride(segment)};
  }
};

class TilePasses final : public Passes {
 public:
  TilePasses(const MlpShape& shape, std::int64_t columns, KernelUse use);

  [[nodiscard]] InputLayout input_layout() const override {
    const std::int64_t inputs = layers_.front().view.in;
    return {columns_, inputs, segment_steps * tile_depth, tile_depth};
  }
  void set_weights(const void* weights) override {
    weights_ = static_cast<const Bfloat16*>(weights);
  }
  const float* forward(const void* x, const TrainingRows* rows) override;
  void backward(const void* x, const float* dy, std::span<float> gradient,
                const Ready& ready) override;

 private:
  [[nodiscard]] Input input_of(std::size_t l, const void* x) const;
  [[nodiscard]] Rows weights_of(const TileLayer& layer) const;
  template <typename Store>
  void multiply_by_weights(const TileLayer& layer, const Input& input, const Store& store);
  void multiply_forward(TileLayer& layer, const Input& input);
  template <Activation activation>
  void multiply_activated(TileLayer& layer, const Input& input);
  void multiply_last(const TileLayer& layer, const Input& input);
  void round_derivative(const float* dy);
  void write_bias_gradient(const TileLayer& layer, float* gradient) const;
  void turn(const TileLayer& layer);
  void write_weight_gradient(const TileLayer& layer, const Input& input, std::int64_t begin,
                             std::int64_t end, float* gradient);
  void propagate(const TileLayer& layer, TileLayer& below);

  std::int64_t columns_;
  Activation activation_;
  std::int64_t first_blocks_;  ///< of the first layer's weight gradient
  std::vector<TileLayer> layers_;
  const Bfloat16* weights_ = nullptr;
  TileValues packed_;                   ///< a segment of a layer's weights
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
      panel_(size_of(2 * steps_over(columns), tile_values)),
      outputs_(size_of(columns, shape.outputs())) {
  const std::vector<LayerView> views = layers(shape);
  std::int64_t widest = 0;
  for (std::size_t l = 0; l < views.size(); ++l) {
    layers_.push_back(make_layer(views[l], columns, l + 1 == views.size()));
    const TileLayer& layer = layers_.back();
    widest = std::max({widest, layer.out_tiles(), l == 0 ? 0 : layer.in_tiles()});
  }
  const std::int64_t blocks = (widest + 1) / 2 * ((tiles_over(columns) + 1) / 2);
  packed_ = TileValues(size_of(widest * most_steps, tile_values));
  turned_ = TileValues(size_of(widest * steps_over(columns), tile_values));
  scratch_ = base::AlignedBuffer<float>(size_of(blocks, sum_block));
}

/// (out, in)
Rows TilePasses::weights_of(const TileLayer& layer) const {
  return {weights_ + layer.view.weight_offset, layer.view.out, layer.view.in, layer.view.in};
}

Input TilePasses::input_of(std::size_t l, const void* x) const {
  if (l == 0) return {input_layout(), static_cast<const Bfloat16*>(x)};
  return {{columns_, layers_[l].view.in, layers_[l - 1].stride(), tile_depth},
          layers_[l - 1].after.data()};
}

/// input W^T; calls store(i, j, sums) for each tile.
template <typename Store>
COLONNADE_TILES void TilePasses::multiply_by_weights(const TileLayer& layer, const Input& input,
                                                     const Store& store) {
  const Rows weights = weights_of(layer);
  const std::int64_t width = segment_of(layer.in_steps()) * tile_depth;
  for (std::int64_t first = 0; first < weights.width; first += width) {
    const std::int64_t count = std::min(width, weights.width - first), steps = steps_over(count);
    pack_right_transposed({weights.values + first, weights.rows, count, weights.stride},
                          packed_.data());
    const Rows rows = input.rows_from(first);
    product({left_of_rows(rows.values, rows.stride), {packed_.data(), steps * tile_values}, steps},
            {.is_first = first == 0, .is_last = first + width >= weights.width},
            tiles_over(columns_), layer.out_tiles(), scratch_.data(), store);
  }
}

template <Activation activation>
COLONNADE_TILES void TilePasses::multiply_activated(TileLayer& layer, const Input& input) {
  const std::int64_t out = layer.view.out, stride = layer.stride();
  const Bfloat16* const biases = weights_ + layer.view.bias_offset;
  multiply_by_weights(
      layer, input, [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
        const __m512 bias = load_widened(biases + j * tile_rows, out - j * tile_rows);
        for (std::int64_t row = 0; row < tile_rows; ++row) {
          const Activated at =
              activated<activation>(_mm512_add_ps(_mm512_load_ps(sums + 16 * row), bias));
          const std::int64_t place = (i * tile_rows + row) * stride + j * tile_rows;
          const __m512 value =
              layer.view.adds_input
                  ? _mm512_add_ps(at.value, load_widened(input.values + place, out - j * tile_rows))
                  : at.value;
          store_rounded(value, out - j * tile_rows, layer.after.data() + place);
          store_rounded(at.slope, out - j * tile_rows, layer.slope.data() + place);
        }
      });
}

/// `input` has the rows of `after` where the layer adds it.
void TilePasses::multiply_forward(TileLayer& layer, const Input& input) {
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

COLONNADE_TILES void TilePasses::multiply_last(const TileLayer& layer, const Input& input) {
  const std::int64_t out = layer.view.out;
  const Bfloat16* const biases = weights_ + layer.view.bias_offset;
  multiply_by_weights(
      layer, input, [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
        const __m512 bias = load_widened(biases + j * tile_rows, out - j * tile_rows);
        float* into = outputs_.data() + i * tile_rows * out + j * tile_rows;
        for (std::int64_t row = 0; row < tile_rows; ++row, into += out)
          _mm512_mask_storeu_ps(into, mask_of_sixteen(out - j * tile_rows),
                                _mm512_add_ps(_mm512_load_ps(sums + 16 * row), bias));
      });
}

const float* TilePasses::forward(const void* x, const TrainingRows* /*rows*/) {
  const TileScope scope;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (l + 1 < layers_.size())
      multiply_forward(layers_[l], input_of(l, x));
    else
      multiply_last(layers_[l], input_of(l, x));
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
COLONNADE_TILES void TilePasses::write_weight_gradient(const TileLayer& layer, const Input& input,
                                                       std::int64_t begin, std::int64_t end,
                                                       float* gradient) {
  const std::int64_t in = layer.view.in, steps = steps_over(columns_);
  for (std::int64_t j = 0; j < layer.in_tiles(); j += 2) {
    const std::int64_t across = std::min<std::int64_t>(2, layer.in_tiles() - j);
    pack_right(input.rows_from(j * tile_rows), 0, across, panel_.data());
    for (std::int64_t first = 0; first < steps; first += segment_steps)
      for (std::int64_t row = begin; row < end; row += 2 * tile_rows) {
        const std::int64_t down = std::min<std::int64_t>(2, tiles_over(end - row));
        const Segment segment{
            left_of_tiles(turned_.data() + row * steps * tile_depth + first * tile_values, steps),
            {panel_.data() + first * tile_values, steps * tile_values},
            std::min(segment_steps, steps - first)};
        float* const sums = scratch_.data() + (row - begin) / (2 * tile_rows) * sum_block;
        multiply(segment, down, across, sums, first == 0);
        if (first + segment_steps < steps) continue;
        write_past_caches(sums,
                          {gradient + row * in + j * tile_rows, end - row, in - j * tile_rows, in});
      }
  }
  _mm_sfence();
}

/// delta of the layer below: (delta W) f'(z), with what goes past the layer added to delta W.
COLONNADE_TILES void TilePasses::propagate(const TileLayer& layer, TileLayer& below) {
  const std::int64_t width = layer.view.in, stride = below.stride();
  const auto store = [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
    const std::int64_t count = width - j * tile_rows;
    for (std::int64_t row = 0; row < tile_rows; ++row) {
      const std::int64_t place = (i * tile_rows + row) * stride + j * tile_rows;
      const __m512 slope = load_widened(below.slope.data() + place, count);
      __m512 d_after = _mm512_load_ps(sums + 16 * row);
      if (layer.view.adds_input)
        d_after = _mm512_add_ps(d_after, load_widened(layer.d_after.data() + place, count));
      if (below.view.adds_input) store_rounded(d_after, count, below.d_after.data() + place);
      store_rounded(_mm512_mul_ps(d_after, slope), count, below.delta.data() + place);
    }
  };
  const Rows weights = weights_of(layer);
  const std::int64_t rows = segment_of(layer.out_steps()) * tile_depth;
  for (std::int64_t first = 0; first < weights.rows; first += rows) {
    const std::int64_t count = std::min(rows, weights.rows - first), steps = steps_over(count);
    pack_right({weights.values + first * weights.stride, count, weights.width, weights.stride}, 0,
               layer.in_tiles(), packed_.data());
    product({left_of_rows(layer.delta.data() + first, layer.stride()),
             {packed_.data(), steps * tile_values},
             steps},
            {.is_first = first == 0, .is_last = first + rows >= weights.rows}, tiles_over(columns_),
            layer.in_tiles(), scratch_.data(), store);
  }
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
