#include <colonnade/base/aligned.hpp>

#include <nn/dropout.hpp>
#include <nn/normaliser.hpp>
#include <nn/passes.hpp>
#include <nn/primitive.hpp>
#include <nn/weight_gradient.hpp>
#include <omp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace colonnade::nn {

namespace {

using base::Bfloat16;
/// Values in a kernel's precision, which their primitives know.
using Buffer = base::AlignedBuffer<std::byte>;

Type type_of(Precision precision) {
  return precision == Precision::bf16 ? Type::bf16 : Type::f32;
}

/// One layer's products, and the activation behind it unless it is the last.
struct Layer {
  LayerView view;
  Primitive forward;                              ///< before = input W^T + b
  std::optional<Normaliser> normaliser;           ///< between the two, in training
  Buffer packed;                                  ///< W as `forward` wants it; inference alone
  std::optional<Primitive> activation;            ///< after = f(before)
  std::optional<Dropout> dropout;                 ///< of after, in training
  std::optional<Primitive> sum;                   ///< after += input, where the layer adds it
  std::optional<WeightGradient> weight_gradient;  ///< dW = delta^T input
  std::optional<Primitive> input_gradient;        ///< delta W, for the layer below
  std::optional<Primitive> slope;                 ///< delta = d(after) f'(before)
  Buffer before;                                  ///< (columns, out); floats in the last layer
  Buffer after;    ///< (columns, out); inference works in place instead
  Buffer d_after;  ///< (columns, out), where the layer adds its input
};

/// The CPU; OpenMP is told to offer one thread before oneDNN plans anything for it.
dnnl::engine single_thread_engine() {
  omp_set_num_threads(1);
  return {dnnl::engine::kind::cpu, 0};
}

std::size_t size_of(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

class LibraryPasses final : public Passes {
 public:
  LibraryPasses(MlpShape the_shape, std::int64_t the_columns, KernelUse the_use,
                Precision the_precision);

  [[nodiscard]] InputLayout input_layout() const override {
    return {columns_, shape_.inputs(), shape_.inputs()};
  }
  void set_weights(const void* all) override;
  const float* forward(const void* x, const TrainingRows* rows, std::int64_t which) override;
  void backward(const void* x, const float* dy, std::span<float> gradient, const Ready& ready,
                std::int64_t count) override;

 private:
  void add_layer(LayerView view, bool is_last);
  void add_scratch();
  [[nodiscard]] Buffer buffer(std::int64_t width, Precision value) const;
  [[nodiscard]] bool trains() const { return use_ != KernelUse::inference; }
  [[nodiscard]] const void* input_of(std::size_t l, const void* x) const;
  static const void* result_of(Layer& layer);
  [[nodiscard]] const void* weights_at(std::size_t offset) const;
  [[nodiscard]] const void* weights_of(const Layer& layer) const;
  void add_bias_gradient(const Layer& layer, const void* delta, std::span<float> gradient) const;
  const void* rounded(const float* dy);
  const void* propagate(std::size_t l, const void* delta, std::span<float> gradient);
  void add(Layer& layer, const void* sum, const void* summand);

  MlpShape shape_;
  std::int64_t columns_;
  KernelUse use_;
  Precision precision_;
  dnnl::engine engine_ = single_thread_engine();
  dnnl::stream stream_{engine_};
  std::vector<Layer> layers_;
  std::array<Buffer, 2> deltas_;  ///< (columns, widest hidden layer), used in turn
  Buffer rounded_dy_;             ///< (columns, outputs)
  base::AlignedBuffer<float> scratch_;
  const void* weights_ = nullptr;
  std::optional<TrainingRows> rows_;  ///< of the last pass forward
};

LibraryPasses::LibraryPasses(MlpShape the_shape, std::int64_t the_columns, KernelUse the_use,
                             Precision the_precision)
    : shape_(std::move(the_shape)),
      columns_(the_columns),
      use_(the_use),
      precision_(the_precision) {
  const std::vector<LayerView> views = nn::layers(shape_);
  std::int64_t widest = 0;
  for (std::size_t l = 0; l < views.size(); ++l) {
    const bool is_last = l + 1 == views.size();
    add_layer(views[l], is_last);
    if (!is_last) widest = std::max(widest, views[l].out);
  }
  if (trains()) {
    for (Buffer& delta : deltas_) delta = buffer(widest, precision_);
    if (precision_ == Precision::bf16) rounded_dy_ = buffer(shape_.outputs(), precision_);
  }
  add_scratch();
}

Buffer LibraryPasses::buffer(std::int64_t width, Precision value) const {
  return Buffer(size_of(columns_, width) * value_bytes(value));
}

void LibraryPasses::add_layer(LayerView view, bool is_last) {
  const auto [in, out] = std::pair(view.in, view.out);
  const Type type = type_of(precision_);
  const Precision before = is_last ? Precision::fp32 : precision_;
  const Precision result = view.is_normalised ? Precision::fp32 : before;
  Layer layer{
      .view = view,
      .forward = product(engine_, type, {columns_, in}, {in, out, true}, true, type_of(result),
                         trains() ? WeightForm::plain : WeightForm::packed),
      .normaliser = {},
      .packed = {},
      .activation = {},
      .dropout = {},
      .sum = {},
      .weight_gradient = {},
      .input_gradient = {},
      .slope = {},
      .before = buffer(out, before),
      .after = {},
      .d_after = {}};
  if (!trains()) layer.packed = Buffer(layer.forward.form_of(DNNL_ARG_WEIGHTS).get_size());
  if (!is_last)
    layer.activation = activation_forward(engine_, type, shape_.activation, columns_, out);
  if (view.adds_input) layer.sum = sum(engine_, type, columns_, out);
  if (trains()) {
    const bool in_blocks = use_ == KernelUse::training_in_blocks && layers_.empty();
    layer.weight_gradient.emplace(engine_, precision_, columns_, in, out,
                                  in_blocks ? row_blocks(out, precision_) : 1);
    if (!layers_.empty())
      layer.input_gradient = product(engine_, type, {columns_, out}, {out, in}, false, type);
    if (!is_last)
      layer.slope = activation_backward(engine_, type, shape_.activation, columns_, out);
    if (!is_last) layer.after = buffer(out, precision_);
    if (view.adds_input) layer.d_after = buffer(out, precision_);
    if (view.is_normalised) layer.normaliser.emplace(view, columns_);
    if (!is_last && shape_.dropout > 0.0)
      layer.dropout.emplace(shape_.dropout, layers_.size(), columns_, out);
  }
  layers_.push_back(std::move(layer));
  // The analyzer does not follow oneDNN's handles into the vector.
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

void LibraryPasses::add_scratch() {
  const auto each_primitive = [this](auto work) {
    for (Layer& layer : layers_) {
      work(layer.forward);
      if (layer.weight_gradient) layer.weight_gradient->each_primitive(work);
      for (auto* primitive : {&layer.activation, &layer.sum, &layer.input_gradient, &layer.slope})
        if (*primitive) work(**primitive);
    }
  };
  std::size_t bytes = 0;
  each_primitive(
      [&](const Primitive& primitive) { bytes = std::max(bytes, primitive.scratch_bytes()); });
  scratch_ = base::AlignedBuffer<float>((bytes + sizeof(float) - 1) / sizeof(float));
  each_primitive([&](Primitive& primitive) { primitive.set_scratch(scratch_.data()); });
}

const void* LibraryPasses::weights_at(std::size_t offset) const {
  return static_cast<const std::byte*>(weights_) + offset * value_bytes(precision_);
}

/// Inference takes its weights_ for many passes.
void LibraryPasses::set_weights(const void* all) {
  weights_ = all;
  if (trains()) return;
  for (Layer& layer : layers_)
    pack(engine_, stream_, type_of(precision_), {layer.view.in, layer.view.out, true},
         weights_at(layer.view.weight_offset), layer.forward.form_of(DNNL_ARG_WEIGHTS),
         layer.packed.data());
}

const void* LibraryPasses::weights_of(const Layer& layer) const {
  return trains() ? weights_at(layer.view.weight_offset) : layer.packed.data();
}

const void* LibraryPasses::input_of(std::size_t l, const void* x) const {
  if (l == 0) return x;
  const Layer& below = layers_[l - 1];
  return trains() ? below.after.data() : below.before.data();
}

const void* LibraryPasses::result_of(Layer& layer) {
  if (layer.normaliser) return layer.normaliser->values();
  return layer.before.data();
}

const float* LibraryPasses::forward(const void* x, const TrainingRows* rows,
                                    std::int64_t /*which*/) {
  rows_ = rows == nullptr ? std::nullopt : std::optional(*rows);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Layer& layer = layers_[l];
    layer.forward.run(stream_, {{DNNL_ARG_SRC, input_of(l, x)},
                                {DNNL_ARG_WEIGHTS, weights_of(layer)},
                                {DNNL_ARG_BIAS, weights_at(layer.view.bias_offset)},
                                {DNNL_ARG_DST, result_of(layer)}});
    if (layer.normaliser)
      layer.normaliser->forward(precision_, rows->valid, weights_at(layer.view.gamma_offset),
                                layer.before.data());
    if (layer.activation)
      layer.activation->run(
          stream_, {{DNNL_ARG_SRC, layer.before.data()}, {DNNL_ARG_DST, input_of(l + 1, x)}});
    if (layer.dropout && rows_) layer.dropout->forward(precision_, *rows_, layer.after.data());
    if (layer.sum) add(layer, input_of(l + 1, x), input_of(l, x));
  }
  return reinterpret_cast<const float*>(layers_.back().before.data());
}

const void* LibraryPasses::rounded(const float* dy) {
  if (precision_ == Precision::fp32) return dy;
  const std::size_t count = size_of(columns_, shape_.outputs());
  auto* const values = reinterpret_cast<Bfloat16*>(rounded_dy_.data());
  base::round_to_bfloat16({dy, count}, {values, count});
  return values;
}

void LibraryPasses::add_bias_gradient(const Layer& layer, const void* delta,
                                      std::span<float> gradient) const {
  const auto sums =
      gradient.subspan(layer.view.bias_offset, static_cast<std::size_t>(layer.view.out));
  // The mean takes the bias away: what a sum would leave is rounding, which Adam would magnify.
  if (layer.normaliser) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    return;
  }
  if (precision_ == Precision::bf16)
    sum_columns(static_cast<const Bfloat16*>(delta), columns_, sums);
  else
    sum_columns(static_cast<const float*>(delta), columns_, sums);
}

void LibraryPasses::backward(const void* x, const float* dy, std::span<float> gradient,
                             const Ready& ready, std::int64_t /*count*/) {
  for (const Layer& layer : layers_)
    if (layer.normaliser)
      layer.normaliser->write_statistics(rows_->share,
                                         gradient.subspan(layer.view.statistics_offset));
  const void* delta = rounded(dy);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    add_bias_gradient(layers_[l], delta, gradient);
    const std::size_t offset = layers_[l].view.weight_offset;
    layers_[l].weight_gradient->run(stream_, delta, input_of(l, x), &gradient[offset],
                                    [&](std::size_t first) {
                                      if (ready) ready(offset + first);
                                    });
    if (l > 0) delta = propagate(l, delta, gradient);
  }
}

const void* LibraryPasses::propagate(std::size_t l, const void* delta, std::span<float> gradient) {
  Layer& below = layers_[l - 1];
  void* const delta_below = deltas_[l % 2].data();
  const void* const d_after = below.sum ? below.d_after.data() : delta_below;
  layers_[l].input_gradient->run(stream_,
                                 {{DNNL_ARG_SRC, delta},
                                  {DNNL_ARG_WEIGHTS, weights_at(layers_[l].view.weight_offset)},
                                  {DNNL_ARG_DST, d_after}});
  if (layers_[l].sum) add(layers_[l], d_after, layers_[l].d_after.data());
  below.slope->run(stream_, {{DNNL_ARG_SRC, below.before.data()},
                             {DNNL_ARG_DIFF_DST, d_after},
                             {DNNL_ARG_DIFF_SRC, delta_below}});
  if (below.dropout && rows_) below.dropout->backward(precision_, delta_below);
  if (below.normaliser)
    below.normaliser->backward(precision_, weights_at(below.view.gamma_offset), delta_below,
                               gradient.subspan(below.view.gamma_offset));
  return delta_below;
}

void LibraryPasses::add(Layer& layer, const void* sum, const void* summand) {
  layer.sum->run(stream_, {{DNNL_ARG_SRC_0, sum}, {DNNL_ARG_SRC_1, summand}, {DNNL_ARG_DST, sum}});
}

}  // namespace

std::unique_ptr<Passes> library_passes(const MlpShape& shape_, std::int64_t columns_,
                                       KernelUse use_, Precision precision_) {
  return std::make_unique<LibraryPasses>(shape_, columns_, use_, precision_);
}

}  // namespace colonnade::nn
