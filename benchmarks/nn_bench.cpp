// The kernel's micro-batch beside the bare oneDNN calls of the same shapes, and its smaller parts.
// One thread; oneDNN's inner_product chooses every layout itself, and no other work is counted.

#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/nn/optimiser.hpp>

#include <benchmark/benchmark.h>
#include <dnnl.hpp>
#include <omp.h>

#include <unordered_map>
#include <vector>

namespace {

using colonnade::base::AlignedBuffer;
using colonnade::base::Bfloat16;
using dnnl::memory;
namespace nn = colonnade::nn;

std::size_t size_of(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

/// Values in (-1, 1) that no processor finds easier than others.
void fill(std::span<float> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 2003) / 1001.5F - 1.0F;
}

nn::MlpShape shape_of(const benchmark::State& state) {
  const std::int64_t hidden = state.range(0);
  return {{4128, hidden, hidden, hidden, 552}, nn::Activation::silu};
}

void count_columns(benchmark::State& state, std::int64_t columns) {
  state.SetItemsProcessed(state.iterations() * columns);
}

/// The values in a kernel's precision.
AlignedBuffer<float> in_precision(AlignedBuffer<float> values, float) {
  return values;
}
AlignedBuffer<Bfloat16> in_precision(AlignedBuffer<float> values, Bfloat16) {
  AlignedBuffer<Bfloat16> rounded(values.size());
  colonnade::base::round_to_bfloat16(values.span(), rounded.span());
  return rounded;
}

template <typename Value>
void kernel_pass(benchmark::State& state) {
  const nn::MlpShape shape = shape_of(state);
  const std::int64_t columns = state.range(1);
  AlignedBuffer<float> master(nn::parameter_count(shape));
  AlignedBuffer<float> gradient(master.size());
  const auto precision = sizeof(Value) == 4 ? nn::Precision::fp32 : nn::Precision::bf16;
  nn::MlpKernel kernel(shape, columns, nn::KernelUse::training, precision);
  AlignedBuffer<float> columns_in(kernel.input_layout().size());
  AlignedBuffer<float> dy(size_of(columns, shape.outputs()));
  nn::initialise(shape, 1, master.span());
  fill(columns_in.span());
  fill(dy.span());
  const auto weights = in_precision(std::move(master), Value());
  const auto x = in_precision(std::move(columns_in), Value());
  kernel.set_weights(weights.span());
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel.forward(x.data()));
    kernel.backward(x.data(), dy.data(), gradient.span());
  }
  count_columns(state, columns);
}

void kernel_inference(benchmark::State& state) {
  const nn::MlpShape shape = shape_of(state);
  const std::int64_t columns = state.range(1);
  AlignedBuffer<float> weights(nn::parameter_count(shape));
  AlignedBuffer<float> x(size_of(columns, shape.inputs()));
  nn::initialise(shape, 1, weights.span());
  fill(x.span());
  nn::MlpKernel kernel(shape, columns, nn::KernelUse::inference);
  kernel.set_weights(weights.span());
  for (auto _ : state) benchmark::DoNotOptimize(kernel.forward(x.data()));
  count_columns(state, columns);
}

/// The three inner products of one layer, in the layouts that oneDNN likes best.
class BareLayer {
 public:
  BareLayer(const dnnl::engine& engine, memory::data_type type, std::int64_t columns,
            std::int64_t in, std::int64_t out)
      : engine_(engine) {
    const auto any = [type](const memory::dims& dims) {
      return memory::desc(dims, type, memory::format_tag::any);
    };
    const memory::desc x = any({columns, in});
    const memory::desc w = any({out, in});
    const memory::desc y = any({columns, out});
    const memory::desc b({out}, memory::data_type::f32, memory::format_tag::x);
    const dnnl::inner_product_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, x, w, b, y}, engine);
    const dnnl::inner_product_backward_data::primitive_desc data({x, w, y}, engine, forward);
    const dnnl::inner_product_backward_weights::primitive_desc weights({x, w, b, y}, engine,
                                                                       forward);
    add(dnnl::inner_product_forward(forward), {{DNNL_ARG_SRC, forward.src_desc()},
                                               {DNNL_ARG_WEIGHTS, forward.weights_desc()},
                                               {DNNL_ARG_BIAS, b},
                                               {DNNL_ARG_DST, forward.dst_desc()}});
    add(dnnl::inner_product_backward_data(data), {{DNNL_ARG_DIFF_DST, data.diff_dst_desc()},
                                                  {DNNL_ARG_WEIGHTS, data.weights_desc()},
                                                  {DNNL_ARG_DIFF_SRC, data.diff_src_desc()}});
    add(dnnl::inner_product_backward_weights(weights),
        {{DNNL_ARG_DIFF_DST, weights.diff_dst_desc()},
         {DNNL_ARG_SRC, weights.src_desc()},
         {DNNL_ARG_DIFF_WEIGHTS, weights.diff_weights_desc()},
         {DNNL_ARG_DIFF_BIAS, b}});
  }

  enum Product : std::size_t { forward, backward_data, backward_weights };
  void run(Product which, const dnnl::stream& stream) {
    products_[which].primitive.execute(stream, products_[which].arguments);
  }

 private:
  struct Call {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };

  void add(const dnnl::primitive& primitive,
           std::initializer_list<std::pair<int, memory::desc>> forms) {
    Call call{primitive, {}};
    for (const auto& [argument, form] : forms) {
      fill(values_.emplace_back((form.get_size() + 3) / sizeof(float)).span());
      call.arguments.emplace(argument, memory(form, engine_, values_.back().data()));
    }
    products_.push_back(std::move(call));
  }

  dnnl::engine engine_;
  std::vector<AlignedBuffer<float>> values_;
  std::vector<Call> products_;
};

template <typename Value>
void bare_pass(benchmark::State& state) {
  omp_set_num_threads(1);
  const nn::MlpShape shape = shape_of(state);
  const std::int64_t columns = state.range(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const dnnl::stream stream(engine);
  std::vector<BareLayer> layers;
  const auto type = sizeof(Value) == 4 ? memory::data_type::f32 : memory::data_type::bf16;
  for (const nn::LayerView& layer : nn::layers(shape))
    layers.emplace_back(engine, type, columns, layer.in, layer.out);
  for (auto _ : state) {
    for (BareLayer& layer : layers) layer.run(BareLayer::forward, stream);
    for (std::size_t l = layers.size(); l-- > 0;) {
      layers[l].run(BareLayer::backward_weights, stream);
      if (l > 0) layers[l].run(BareLayer::backward_data, stream);
    }
  }
  count_columns(state, columns);
}

void bare_forward(benchmark::State& state) {
  omp_set_num_threads(1);
  const nn::MlpShape shape = shape_of(state);
  const std::int64_t columns = state.range(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const dnnl::stream stream(engine);
  std::vector<BareLayer> layers;
  for (const nn::LayerView& layer : nn::layers(shape))
    layers.emplace_back(engine, memory::data_type::f32, columns, layer.in, layer.out);
  for (auto _ : state)
    for (BareLayer& layer : layers) layer.run(BareLayer::forward, stream);
  count_columns(state, columns);
}

/// One product of one layer alone: 0 forward, 1 backward data, 2 backward weights.
void bare_product(benchmark::State& state) {
  omp_set_num_threads(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const dnnl::stream stream(engine);
  const std::int64_t columns = 256;
  BareLayer layer(engine, memory::data_type::f32, columns, state.range(1), state.range(2));
  const auto which = static_cast<BareLayer::Product>(state.range(0));
  for (auto _ : state) layer.run(which, stream);
  state.counters["flop"] = benchmark::Counter(
      2.0 * static_cast<double>(state.iterations() * columns * state.range(1) * state.range(2)),
      benchmark::Counter::kIsRate);
}

void optimiser_step(benchmark::State& state) {
  const nn::OptimiserConfig config{.algorithm = static_cast<nn::Algorithm>(state.range(0)),
                                   .weight_decay = 0.01};
  const auto count = static_cast<std::size_t>(state.range(1));
  AlignedBuffer<float> weights(count);
  AlignedBuffer<float> gradient(count);
  fill(weights.span());
  fill(gradient.span());
  nn::Optimiser optimiser(config, count);
  for (auto _ : state) optimiser.step(weights.span(), gradient.span(), 1e-6, 1.0);
  const int arrays = 3 + 2 * optimiser.moment_count();  // weights and moments are read and written
  state.SetBytesProcessed(state.iterations() * state.range(1) * arrays * 4);
  state.SetLabel(std::string(nn::name_of(config.algorithm)));
}

/// Weights for all outputs, and the net fluxes of two pairs of 138 half levels.
nn::Objective full_objective(nn::Loss loss) {
  constexpr std::size_t half_levels = 138;
  nn::Objective objective{
      .loss = loss, .weights = std::vector<float>(4 * half_levels, 0.5F), .flux_weight = 0.1F};
  for (const std::size_t down : {std::size_t{0}, 2 * half_levels})
    objective.fluxes.push_back({.down = down,
                                .up = down + half_levels,
                                .down_scale = std::vector<float>(half_levels, 1.5F),
                                .up_scale = std::vector<float>(half_levels, 2.5F),
                                .factor = std::vector<float>(half_levels - 1, -0.3F)});
  return objective;
}

void loss_pass(benchmark::State& state) {
  const auto loss = static_cast<nn::Loss>(state.range(0));
  const nn::Objective objective =
      state.range(1) == 1 ? full_objective(loss) : nn::Objective{.loss = loss};
  constexpr std::int64_t columns = 256;
  constexpr std::int64_t outputs = 552;
  AlignedBuffer<float> prediction(size_of(columns, outputs));
  AlignedBuffer<float> target(prediction.size());
  AlignedBuffer<float> dy(prediction.size());
  fill(prediction.span());
  for (auto _ : state)
    benchmark::DoNotOptimize(nn::loss_and_gradient(objective, prediction.data(), target.data(),
                                                   columns, columns, outputs, 1e-3, dy.data()));
  count_columns(state, columns);
  state.SetLabel(std::string(nn::name_of(loss)) +
                 (objective.is_plain() ? "" : ", weighted, with heating rates"));
}

void square_sum(benchmark::State& state) {
  AlignedBuffer<float> values(static_cast<std::size_t>(state.range(0)));
  fill(values.span());
  for (auto _ : state) benchmark::DoNotOptimize(nn::sum_of_squares(values.span()));
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
}

void network_sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"hidden", "columns"})
      ->ArgsProduct({{100, 512}, {64, 128, 256, 512, 1024, 2048}});
  bench->Unit(benchmark::kMillisecond);
}

BENCHMARK(kernel_pass<float>)->Apply(network_sizes);
BENCHMARK(bare_pass<float>)->Apply(network_sizes);
BENCHMARK(kernel_pass<Bfloat16>)->Apply(network_sizes);
BENCHMARK(bare_pass<Bfloat16>)->Apply(network_sizes);
BENCHMARK(kernel_inference)->Apply(network_sizes);
BENCHMARK(bare_forward)->Apply(network_sizes);
BENCHMARK(bare_product)
    ->ArgNames({"product", "in", "out"})
    ->ArgsProduct({{0, 1, 2}, {4128}, {100, 512}})
    ->ArgsProduct({{0, 1, 2}, {512}, {512}});
BENCHMARK(optimiser_step)->ArgsProduct({{0, 1, 2, 3}, {1 << 16, 1 << 22}});
BENCHMARK(loss_pass)->ArgsProduct({{0, 1, 2}, {0, 1}});
BENCHMARK(square_sum)->Arg(1 << 16)->Arg(1 << 22);

}  // namespace

BENCHMARK_MAIN();
