#include <nn/passes.hpp>

#if defined(COLONNADE_HAS_TILES)

#include <nn/tile_activation.hpp>
#include <nn/tile_gradient.hpp>
#include <nn/tile_layer.hpp>
#include <nn/tile_product.hpp>
#include <nn/weight_gradient.hpp>

#include <algorithm>
#include <vector>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// Products with weights take the inner dimension at once up to so many steps: beyond, the weights
/// of a segment, packed as they are wanted, and all sums share the second-level cache.
constexpr std::int64_t most_steps = 18;

/// Rows that nothing fills, behind those of a step: steps that lay a power of two apart would share
/// a few sets of the caches.
constexpr std::int64_t rows_between_steps = 32;

constexpr std::int64_t segment_of(std::int64_t steps) {
  return steps <= most_steps ? steps : segment_steps;
}

class TilePasses final : public Passes {
 public:
  TilePasses(const MlpShape& shape, std::int64_t columns, KernelUse use, std::int64_t most);

  [[nodiscard]] InputLayout input_layout() const override {
    const TileLayer& first = layers_.front();
    return {most_ * columns_ + rows_between_steps, first.view.in, tile_depth, tile_depth};
  }
  void set_weights(const void* weights) override {
    weights_ = static_cast<const Bfloat16*>(weights);
  }
  const float* forward(const void* x, const TrainingRows* rows, std::int64_t which) override;
  void backward(const void* x, const float* dy, std::span<float> gradient, const Ready& ready,
                std::int64_t count) override;

 private:
  /// Of so many micro-batches from `which` on.
  [[nodiscard]] Input input_of(std::size_t l, const void* x, std::int64_t which,
                               std::int64_t count) const;
  [[nodiscard]] Rows weights_of(const TileLayer& layer) const;
  template <typename Store>
  void multiply_by_weights(const TileLayer& layer, const Input& input, const Store& store);
  void multiply_forward(TileLayer& layer, const Input& input);
  template <Activation activation>
  void multiply_activated(TileLayer& layer, const Input& input);
  void multiply_last(const TileLayer& layer, const Input& input);
  void round_derivative(const float* dy, std::int64_t rows);
  void propagate(const TileLayer& layer, TileLayer& below, std::int64_t which);

  std::int64_t columns_;  ///< of a micro-batch
  std::int64_t most_;     ///< micro-batches
  Activation activation_;
  std::int64_t first_blocks_;  ///< of the first layer's weight gradient
  std::vector<TileLayer> layers_;
  const Bfloat16* weights_ = nullptr;
  TileValues packed_;  ///< a segment of a layer's weights
  TileGradient gradient_;
  base::AlignedBuffer<float> scratch_;  ///< sums
  base::AlignedBuffer<float> outputs_;  ///< (columns of all, outputs)
};

TilePasses::TilePasses(const MlpShape& shape, std::int64_t columns, KernelUse use,
                       std::int64_t most)
    : columns_(columns),
      most_(most),
      activation_(shape.activation),
      first_blocks_(
          use == KernelUse::training_in_blocks ? row_blocks(shape.widths[1], Precision::bf16) : 1),
      gradient_(columns, most),
      outputs_(size_of(most * columns, shape.outputs())) {
  const std::vector<LayerView> views = layers(shape);
  std::int64_t widest = 0;
  for (std::size_t l = 0; l < views.size(); ++l) {
    layers_.push_back(make_layer(views[l], most * columns, l + 1 == views.size()));
    const TileLayer& layer = layers_.back();
    widest = std::max({widest, layer.out_tiles(), l == 0 ? 0 : layer.in_tiles()});
  }
  const std::int64_t blocks = (widest + 1) / 2 * ((tiles_over(columns) + 1) / 2);
  packed_ = TileValues(size_of(widest * most_steps, tile_values));
  gradient_.make_room(widest);
  scratch_ = base::AlignedBuffer<float>(size_of(blocks, sum_block));
}

/// (out, in)
Rows TilePasses::weights_of(const TileLayer& layer) const {
  return {weights_ + layer.view.weight_offset, layer.view.out, layer.view.in, layer.view.in};
}

Input TilePasses::input_of(std::size_t l, const void* x, std::int64_t which,
                           std::int64_t count) const {
  const std::int64_t first = which * columns_, rows = count * columns_;
  if (l == 0) return {input_layout(), static_cast<const Bfloat16*>(x), first, rows};
  return {{most_ * columns_, layers_[l].view.in, layers_[l - 1].stride(), tile_depth},
          layers_[l - 1].after.data(),
          first,
          rows};
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
    product({input.left_from(first), {packed_.data(), steps * tile_values}, steps},
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
          const std::int64_t place =
              (input.first_row + i * tile_rows + row) * stride + j * tile_rows;
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
        float* into = outputs_.data() + (input.first_row + i * tile_rows) * out + j * tile_rows;
        for (std::int64_t row = 0; row < tile_rows; ++row, into += out)
          _mm512_mask_storeu_ps(into, mask_of_sixteen(out - j * tile_rows),
                                _mm512_add_ps(_mm512_load_ps(sums + 16 * row), bias));
      });
}

const float* TilePasses::forward(const void* x, const TrainingRows* /*rows*/, std::int64_t which) {
  const TileScope scope;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (l + 1 < layers_.size())
      multiply_forward(layers_[l], input_of(l, x, which, 1));
    else
      multiply_last(layers_[l], input_of(l, x, which, 1));
  }
  return outputs_.data() + which * columns_ * layers_.back().view.out;
}

COLONNADE_TILES void TilePasses::round_derivative(const float* dy, std::int64_t rows) {
  TileLayer& last = layers_.back();
  const std::int64_t out = last.view.out;
  for (std::int64_t row = 0; row < rows; ++row, dy += out)
    for (std::int64_t o = 0; o < out; o += 16)
      store_rounded(_mm512_maskz_loadu_ps(mask_of_sixteen(out - o), dy + o), out - o,
                    last.delta.data() + row * last.stride() + o);
}

/// delta of the layer below: (delta W) f'(z), with what goes past the layer added to delta W.
COLONNADE_TILES void TilePasses::propagate(const TileLayer& layer, TileLayer& below,
                                           std::int64_t which) {
  const std::int64_t width = layer.view.in, stride = below.stride(), first_row = which * columns_;
  const auto store = [&](std::int64_t i, std::int64_t j, const float* sums) COLONNADE_TILES {
    const std::int64_t count = width - j * tile_rows;
    for (std::int64_t row = 0; row < tile_rows; ++row) {
      const std::int64_t place = (first_row + i * tile_rows + row) * stride + j * tile_rows;
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
    product({left_of_rows(layer.delta.data() + first_row * layer.stride() + first, layer.stride()),
             {packed_.data(), steps * tile_values},
             steps},
            {.is_first = first == 0, .is_last = first + rows >= weights.rows}, tiles_over(columns_),
            layer.in_tiles(), scratch_.data(), store);
  }
}

void TilePasses::backward(const void* x, const float* dy, std::span<float> gradient,
                          const Ready& ready, std::int64_t count) {
  const TileScope scope;
  round_derivative(dy, count * columns_);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const TileLayer& layer = layers_[l];
    float* const into = gradient.data() + layer.view.weight_offset;
    gradient_.take(layer, count, gradient.data() + layer.view.bias_offset);
    for (std::int64_t blocks = l == 0 ? first_blocks_ : 1, b = blocks; b-- > 0;) {
      const std::int64_t begin = row_block_begin(layer.view.out, blocks, b);
      gradient_.write(layer, input_of(l, x, 0, count), begin,
                      row_block_begin(layer.view.out, blocks, b + 1), into);
      if (ready) ready(layer.view.weight_offset + static_cast<std::size_t>(begin * layer.view.in));
    }
    for (std::int64_t which = 0; l > 0 && which < count; ++which)
      propagate(layer, layers_[l - 1], which);
  }
}

}  // namespace

std::unique_ptr<Passes> tile_passes(const MlpShape& shape, std::int64_t columns, KernelUse use,
                                    std::int64_t most) {
  return std::make_unique<TilePasses>(shape, columns, use, most);
}

}  // namespace colonnade::nn

#endif
