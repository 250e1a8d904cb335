#include <colonnade/base/aligned.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/nn/kernel.hpp>

#include <fmt/format.h>
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
  Buffer packed;                                  ///< W as `forward` wants it; inference alone
  std::optional<Primitive> activation;            ///< after = f(before)
  std::optional<WeightGradient> weight_gradient;  ///< dW = delta^T input
  std::optional<Primitive> input_gradient;        ///< delta W, for the layer below
  std::optional<Primitive> slope;                 ///< delta = d(after) f'(before)
  Buffer before;                                  ///< (columns, out); floats in the last layer
  Buffer after;  ///< (columns, out); inference works in place instead
};

/// The CPU; OpenMP is told to offer one thread before oneDNN plans anything for it.
dnnl::engine single_thread_engine() {
  omp_set_num_threads(1);
  return {dnnl::engine::kind::cpu, 0};
}

std::size_t size_of(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

}  // namespace

struct MlpKernel::Passes {
  Passes(MlpShape the_shape, std::int64_t the_columns, KernelUse the_use, Precision the_precision);

  void add_layer(LayerView view, bool is_last);
  void add_scratch();
  [[nodiscard]] Buffer buffer(std::int64_t width, Precision value) const;
  [[nodiscard]] bool trains() const { return use != KernelUse::inference; }
  [[nodiscard]] const void* input_of(std::size_t l, const void* x) const;
  [[nodiscard]] const void* weights_at(std::size_t offset) const;
  [[nodiscard]] const void* weights_of(const Layer& layer) const;
  void pack_weights();
  const float* forward(const void* x);
  void backward(const void* x, const float* dy, std::span<float> gradient, const Ready& ready);
  void add_bias_gradient(const Layer& layer, const void* delta, std::span<float> gradient) const;
  const void* rounded(const float* dy);
  const void* propagate(std::size_t l, const void* delta);

  MlpShape shape;
  std::int64_t columns;
  KernelUse use;
  Precision precision;
  dnnl::engine engine = single_thread_engine();
  dnnl::stream stream{engine};
  std::vector<Layer> layers;
  std::array<Buffer, 2> deltas;  ///< (columns, widest hidden layer), used in turn
  Buffer rounded_dy;             ///< (columns, outputs)
  base::AlignedBuffer<float> scratch;
  const void* weights = nullptr;
};

MlpKernel::Passes::Passes(MlpShape the_shape, std::int64_t the_columns, KernelUse the_use,
                          Precision the_precision)
    : shape(std::move(the_shape)), columns(the_columns), use(the_use), precision(the_precision) {
  const std::vector<LayerView> views = nn::layers(shape);
  std::int64_t widest = 0;
  for (std::size_t l = 0; l < views.size(); ++l) {
    const bool is_last = l + 1 == views.size();
    add_layer(views[l], is_last);
    if (!is_last) widest = std::max(widest, views[l].out);
  }
  if (trains()) {
    for (Buffer& delta : deltas) delta = buffer(widest, precision);
    if (precision == Precision::bf16) rounded_dy = buffer(shape.outputs(), precision);
  }
  add_scratch();
}

Buffer MlpKernel::Passes::buffer(std::int64_t width, Precision value) const {
  return Buffer(size_of(columns, width) * value_bytes(value));
}

void MlpKernel::Passes::add_layer(LayerView view, bool is_last) {
  const auto [in, out] = std::pair(view.in, view.out);
  const Type type = type_of(precision);
  const Precision result = is_last ? Precision::fp32 : precision;
  Layer layer{
      .view = view,
      .forward = product(engine, type, {columns, in}, {in, out, true}, true, type_of(result),
                         trains() ? WeightForm::plain : WeightForm::packed),
      .packed = {},
      .activation = {},
      .weight_gradient = {},
      .input_gradient = {},
      .slope = {},
      .before = buffer(out, result),
      .after = {}};
  if (!trains()) layer.packed = Buffer(layer.forward.form_of(DNNL_ARG_WEIGHTS).get_size());
  if (!is_last) layer.activation = activation_forward(engine, type, shape.activation, columns, out);
  if (trains()) {
    const bool in_blocks = use == KernelUse::training_in_blocks && layers.empty();
    layer.weight_gradient.emplace(engine, precision, columns, in, out,
                                  in_blocks ? row_blocks(out, precision) : 1);
    if (!layers.empty())
      layer.input_gradient = product(engine, type, {columns, out}, {out, in}, false, type);
    if (!is_last) layer.slope = activation_backward(engine, type, shape.activation, columns, out);
    if (!is_last) layer.after = buffer(out, precision);
  }
  layers.push_back(std::move(layer));
  // The analyzer does not follow oneDNN's handles into the vector.
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

void MlpKernel::Passes::add_scratch() {
  const auto each_primitive = [this](auto work) {
    for (Layer& layer : layers) {
      work(layer.forward);
      if (layer.weight_gradient) layer.weight_gradient->each_primitive(work);
      for (auto* primitive : {&layer.activation, &layer.input_gradient, &layer.slope})
        if (*primitive) work(**primitive);
    }
  };
  std::size_t bytes = 0;
  each_primitive(
      [&](const Primitive& primitive) { bytes = std::max(bytes, primitive.scratch_bytes()); });
  scratch = base::AlignedBuffer<float>((bytes + sizeof(float) - 1) / sizeof(float));
  each_primitive([&](Primitive& primitive) { primitive.set_scratch(scratch.data()); });
}

const void* MlpKernel::Passes::weights_at(std::size_t offset) const {
  return static_cast<const std::byte*>(weights) + offset * value_bytes(precision);
}

/// Weights of an inference kernel stay as they are for many passes.
void MlpKernel::Passes::pack_weights() {
  for (Layer& layer : layers)
    pack(engine, stream, type_of(precision), {layer.view.in, layer.view.out, true},
         weights_at(layer.view.weight_offset), layer.forward.form_of(DNNL_ARG_WEIGHTS),
         layer.packed.data());
}

const void* MlpKernel::Passes::weights_of(const Layer& layer) const {
  return trains() ? weights_at(layer.view.weight_offset) : layer.packed.data();
}

const void* MlpKernel::Passes::input_of(std::size_t l, const void* x) const {
  if (l == 0) return x;
  const Layer& below = layers[l - 1];
  return trains() ? below.after.data() : below.before.data();
}

const float* MlpKernel::Passes::forward(const void* x) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Layer& layer = layers[l];
    layer.forward.run(stream, {{DNNL_ARG_SRC, input_of(l, x)},
                               {DNNL_ARG_WEIGHTS, weights_of(layer)},
                               {DNNL_ARG_BIAS, weights_at(layer.view.bias_offset)},
                               {DNNL_ARG_DST, layer.before.data()}});
    if (layer.activation)
      layer.activation->run(
          stream, {{DNNL_ARG_SRC, layer.before.data()}, {DNNL_ARG_DST, input_of(l + 1, x)}});
  }
  return reinterpret_cast<const float*>(layers.back().before.data());
}

const void* MlpKernel::Passes::rounded(const float* dy) {
  if (precision == Precision::fp32) return dy;
  const std::size_t count = size_of(columns, shape.outputs());
  auto* const values = reinterpret_cast<Bfloat16*>(rounded_dy.data());
  base::round_to_bfloat16({dy, count}, {values, count});
  return values;
}

void MlpKernel::Passes::add_bias_gradient(const Layer& layer, const void* delta,
                                          std::span<float> gradient) const {
  const auto sums =
      gradient.subspan(layer.view.bias_offset, static_cast<std::size_t>(layer.view.out));
  if (precision == Precision::bf16)
    sum_columns(static_cast<const Bfloat16*>(delta), columns, sums);
  else
    sum_columns(static_cast<const float*>(delta), columns, sums);
}

void MlpKernel::Passes::backward(const void* x, const float* dy, std::span<float> gradient,
                                 const Ready& ready) {
  const void* delta = rounded(dy);
  for (std::size_t l = layers.size(); l-- > 0;) {
    add_bias_gradient(layers[l], delta, gradient);
    const std::size_t offset = layers[l].view.weight_offset;
    layers[l].weight_gradient->run(stream, delta, input_of(l, x), &gradient[offset],
                                   [&](std::size_t first) {
                                     if (ready) ready(offset + first);
                                   });
    if (l > 0) delta = propagate(l, delta);
  }
}

const void* MlpKernel::Passes::propagate(std::size_t l, const void* delta) {
  const void* const below = deltas[l % 2].data();
  layers[l].input_gradient->run(stream,
                                {{DNNL_ARG_SRC, delta},
                                 {DNNL_ARG_WEIGHTS, weights_at(layers[l].view.weight_offset)},
                                 {DNNL_ARG_DST, below}});
  layers[l - 1].slope->run(stream, {{DNNL_ARG_SRC, layers[l - 1].before.data()},
                                    {DNNL_ARG_DIFF_DST, below},
                                    {DNNL_ARG_DIFF_SRC, below}});
  return below;
}

MlpKernel::MlpKernel(const MlpShape& shape, std::int64_t columns, KernelUse use,
                     Precision precision) {
  base::expects(columns > 0, "a micro-batch has columns");
  try {
    passes_ = std::make_unique<Passes>(shape, columns, use, precision);
  } catch (const dnnl::error& refusal) {
    throw base::Error(base::ErrorKind::internal,
                      fmt::format("oneDNN cannot prepare this network: {}", refusal.what()));
  }
}

MlpKernel::MlpKernel(MlpKernel&& other) noexcept = default;
MlpKernel& MlpKernel::operator=(MlpKernel&& other) noexcept = default;
MlpKernel::~MlpKernel() = default;

void MlpKernel::set_weights(Precision precision, const void* weights, std::size_t count) {
  base::expects(precision == passes_->precision, "the weights are in the kernel's precision");
  base::expects(count == parameter_count(passes_->shape), "one weight per parameter");
  passes_->weights = weights;
  if (passes_->trains()) return;
  omp_set_num_threads(1);
  passes_->pack_weights();
}

const float* MlpKernel::forward(Precision precision, const void* x) {
  base::expects(precision == passes_->precision, "the columns are in the kernel's precision");
  base::expects(passes_->weights != nullptr, "a kernel is given its weights before it runs");
  omp_set_num_threads(1);
  return passes_->forward(x);
}

void MlpKernel::backward(Precision precision, const void* x, const float* dy,
                         std::span<float> gradient, const Ready& ready) {
  base::expects(precision == passes_->precision, "the columns are in the kernel's precision");
  base::expects(passes_->trains(), "an inference kernel has no backward pass");
  base::expects(gradient.size() == parameter_count(passes_->shape), "one gradient per parameter");
  omp_set_num_threads(1);
  passes_->backward(x, dy, gradient, ready);
}

void MlpKernel::set_weights(std::span<const float> weights) {
  set_weights(Precision::fp32, weights.data(), weights.size());
}
void MlpKernel::set_weights(std::span<const Bfloat16> weights) {
  set_weights(Precision::bf16, weights.data(), weights.size());
}
const float* MlpKernel::forward(const float* x) {
  return forward(Precision::fp32, x);
}
const float* MlpKernel::forward(const Bfloat16* x) {
  return forward(Precision::bf16, x);
}
void MlpKernel::backward(const float* x, const float* dy, std::span<float> gradient,
                         const Ready& ready) {
  backward(Precision::fp32, x, dy, gradient, ready);
}
void MlpKernel::backward(const Bfloat16* x, const float* dy, std::span<float> gradient,
                         const Ready& ready) {
  backward(Precision::bf16, x, dy, gradient, ready);
}

}  // namespace colonnade::nn
