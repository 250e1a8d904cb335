// Raw rows in memory to predictions in physical units, in one thread: gathering, normalisation, the
// network, and back. 512 columns stay in the cache, as those of nn_bench's bare_forward do; 4,096
// come from memory.

#include <colonnade/base/aligned.hpp>
#include <colonnade/train/predictor.hpp>

#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

namespace {

using namespace colonnade;

constexpr std::int64_t inputs = 4128, targets = 552;

data::ArrayRecipe recipe_of(const char* name, std::int64_t width) {
  const auto size = static_cast<std::size_t>(width);
  data::ArrayRecipe array;
  array.name = name;
  array.shape = {width};
  array.places.resize(size);
  std::iota(array.places.begin(), array.places.end(), 0);
  array.encoding.features.resize(size);
  array.encoding.transforms.resize(size);
  array.encoding.offset.assign(size, 0.25);
  array.encoding.scale.assign(size, 1.5);
  return array;
}

void predict_rows(benchmark::State& state) {
  const std::int64_t hidden = state.range(0), columns = state.range(1);
  const nn::MlpShape shape{{inputs, hidden, hidden, hidden, targets}};
  std::vector<float> weights(nn::parameter_count(shape));
  nn::initialise(shape, 1, weights);
  train::Team team(1);
  train::Predictor predictor(shape, weights, team);
  data::Recipe recipe;
  recipe.arrays = {recipe_of("x", inputs), recipe_of("y", targets)};
  base::AlignedBuffer<float> raw(static_cast<std::size_t>(columns * inputs)),
      y(static_cast<std::size_t>(columns * targets));
  for (std::size_t i = 0; i < raw.size(); ++i)
    raw.span()[i] = static_cast<float>(i * 7919 % 2003) / 1001.5F - 1.0F;
  for (auto _ : state) train::predict_rows(predictor, recipe, raw.span(), inputs, 0, y.span());
  state.SetItemsProcessed(state.iterations() * columns);
}

}  // namespace

BENCHMARK(predict_rows)
    ->ArgNames({"hidden", "columns"})
    ->ArgsProduct({{100, 512}, {512, 4096}})
    ->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
