#include <colonnade/base/aligned.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/nn/kernel.hpp>

#include <fmt/format.h>
#include <nn/primitive.hpp>
#include <omp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace colonnade::nn {

namespace {

using Buffer = base::AlignedBuffer<float>;

/// One layer's products, and the activation behind it unless it is the last.
struct Layer {
  LayerView view;
  Primitive forward;                         ///< before = input W^T + b
  std::optional<Primitive> activation;       ///< after = f(before)
  std::optional<Primitive> weight_gradient;  ///< dW = delta^T input
  std::optional<Primitive> input_gradient;   ///< delta W, for the layer below
  std::optional<Primitive> slope;            ///< delta = d(after) f'(before)
  Buffer before;                             ///< (columns, out)
  Buffer after;                              ///< (columns, out); inference works in place instead
};

/// The CPU; OpenMP is told to offer one thread before oneDNN plans anything for it.
dnnl::engine single_thread_engine() {
  omp_set_num_threads(1);
  return {dnnl::engine::kind::cpu, 0};
}

std::size_t size_of(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

/// Sums the rows of `delta` (columns, out), from the first to the last.
void sum_columns(const float* delta, std::int64_t columns, std::span<float> sums) {
  std::fill(sums.begin(), sums.end(), 0.0F);
  for (std::int64_t column = 0; column < columns; ++column, delta += sums.size())
    for (std::size_t o = 0; o < sums.size(); ++o) sums[o] += delta[o];
}

}  // namespace

struct MlpKernel::Passes {
  Passes(const MlpShape& shape, std::int64_t columns, KernelUse use);

  void add_layer(LayerView view, bool is_last);
  void add_scratch();
  [[nodiscard]] const float* input_of(std::size_t l, const float* x) const;
  const float* forward(const float* x);
  void backward(const float* x, const float* dy, std::span<float> gradient);
  const float* propagate(std::size_t l, const float* delta);

  MlpShape shape;
  std::int64_t columns;
  KernelUse use;
  dnnl::engine engine = single_thread_engine();
  dnnl::stream stream{engine};
  std::vector<Layer> layers;
  std::array<Buffer, 2> deltas;  ///< (columns, widest hidden layer), used in turn
  Buffer scratch;
  const float* weights = nullptr;
};

MlpKernel::Passes::Passes(const MlpShape& the_shape, std::int64_t the_columns, KernelUse the_use)
    : shape(the_shape), columns(the_columns), use(the_use) {
  const std::vector<LayerView> views = nn::layers(shape);
  std::int64_t widest = 0;
  for (std::size_t l = 0; l < views.size(); ++l) {
    const bool is_last = l + 1 == views.size();
    add_layer(views[l], is_last);
    if (!is_last) widest = std::max(widest, views[l].out);
  }
  if (use == KernelUse::training)
    for (Buffer& delta : deltas) delta = Buffer(size_of(columns, widest));
  add_scratch();
}

void MlpKernel::Passes::add_layer(LayerView view, bool is_last) {
  const auto [in, out] = std::pair(view.in, view.out);
  Layer layer{.view = view,
              .forward = product(engine, {columns, in}, {in, out, true}, true),
              .activation = {},
              .weight_gradient = {},
              .input_gradient = {},
              .slope = {},
              .before = Buffer(size_of(columns, out)),
              .after = {}};
  if (!is_last) layer.activation = activation_forward(engine, shape.activation, columns, out);
  if (use == KernelUse::training) {
    layer.weight_gradient = product(engine, {out, columns, true}, {columns, in}, false);
    if (!layers.empty()) layer.input_gradient = product(engine, {columns, out}, {out, in}, false);
    if (!is_last) layer.slope = activation_backward(engine, shape.activation, columns, out);
    if (!is_last) layer.after = Buffer(size_of(columns, out));
  }
  layers.push_back(std::move(layer));
}

void MlpKernel::Passes::add_scratch() {
  const auto each_primitive = [this](auto work) {
    for (Layer& layer : layers) {
      work(layer.forward);
      for (auto* primitive :
           {&layer.activation, &layer.weight_gradient, &layer.input_gradient, &layer.slope})
        if (*primitive) work(**primitive);
    }
  };
  std::size_t bytes = 0;
  each_primitive(
      [&](const Primitive& primitive) { bytes = std::max(bytes, primitive.scratch_bytes()); });
  scratch = Buffer((bytes + sizeof(float) - 1) / sizeof(float));
  each_primitive([&](Primitive& primitive) { primitive.set_scratch(scratch.data()); });
}

const float* MlpKernel::Passes::input_of(std::size_t l, const float* x) const {
  if (l == 0) return x;
  const Layer& below = layers[l - 1];
  return use == KernelUse::training ? below.after.data() : below.before.data();
}

const float* MlpKernel::Passes::forward(const float* x) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Layer& layer = layers[l];
    layer.forward.run(stream, {{DNNL_ARG_SRC, input_of(l, x)},
                               {DNNL_ARG_WEIGHTS, weights + layer.view.weight_offset},
                               {DNNL_ARG_BIAS, weights + layer.view.bias_offset},
                               {DNNL_ARG_DST, layer.before.data()}});
    if (layer.activation)
      layer.activation->run(
          stream, {{DNNL_ARG_SRC, layer.before.data()}, {DNNL_ARG_DST, input_of(l + 1, x)}});
  }
  return layers.back().before.data();
}

void MlpKernel::Passes::backward(const float* x, const float* dy, std::span<float> gradient) {
  const float* delta = dy;
  for (std::size_t l = layers.size(); l-- > 0;) {
    Layer& layer = layers[l];
    layer.weight_gradient->run(stream, {{DNNL_ARG_SRC, delta},
                                        {DNNL_ARG_WEIGHTS, input_of(l, x)},
                                        {DNNL_ARG_DST, &gradient[layer.view.weight_offset]}});
    sum_columns(delta, columns,
                gradient.subspan(layer.view.bias_offset, static_cast<std::size_t>(layer.view.out)));
    if (l > 0) delta = propagate(l, delta);
  }
}

const float* MlpKernel::Passes::propagate(std::size_t l, const float* delta) {
  const float* const below = deltas[l % 2].data();
  layers[l].input_gradient->run(stream, {{DNNL_ARG_SRC, delta},
                                         {DNNL_ARG_WEIGHTS, weights + layers[l].view.weight_offset},
                                         {DNNL_ARG_DST, below}});
  layers[l - 1].slope->run(stream, {{DNNL_ARG_SRC, layers[l - 1].before.data()},
                                    {DNNL_ARG_DIFF_DST, below},
                                    {DNNL_ARG_DIFF_SRC, below}});
  return below;
}

MlpKernel::MlpKernel(const MlpShape& shape, std::int64_t columns, KernelUse use) {
  base::expects(columns > 0, "a micro-batch has columns");
  try {
    passes_ = std::make_unique<Passes>(shape, columns, use);
  } catch (const dnnl::error& refusal) {
    throw base::Error(base::ErrorKind::internal,
                      fmt::format("oneDNN cannot prepare this network: {}", refusal.what()));
  }
}

MlpKernel::MlpKernel(MlpKernel&& other) noexcept = default;
MlpKernel& MlpKernel::operator=(MlpKernel&& other) noexcept = default;
MlpKernel::~MlpKernel() = default;

void MlpKernel::set_weights(std::span<const float> weights) {
  base::expects(weights.size() == parameter_count(passes_->shape), "one weight per parameter");
  passes_->weights = weights.data();
}

const float* MlpKernel::forward(const float* x) {
  base::expects(passes_->weights != nullptr, "a kernel is given its weights before it runs");
  return passes_->forward(x);
}

void MlpKernel::backward(const float* x, const float* dy, std::span<float> gradient) {
  base::expects(passes_->use == KernelUse::training, "an inference kernel has no backward pass");
  base::expects(gradient.size() == parameter_count(passes_->shape), "one gradient per parameter");
  passes_->backward(x, dy, gradient);
}

}  // namespace colonnade::nn
