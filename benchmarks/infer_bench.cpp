// The inference library over blocks of columns as a host has them, (NPROMA, level), in one thread;
// beside predict_bench, which has the same network. The model's file is made first.

#include <colonnade/infer/colonnade_infer.h>
#include <colonnade/mpi/session.hpp>
#include <colonnade/train/model_file.hpp>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace colonnade;

constexpr std::int64_t levels = 138, input_count = 30, output_count = 4;

void must(colonnade_status status) {
  if (status != COLONNADE_OK) std::abort();
}

/// `count` profiles, and the array of them all.
data::ArrayRecipe profiles(const char* array_name, const char* stem, std::int64_t count,
                           std::vector<data::RawVariable>& raw) {
  data::ArrayRecipe array;
  array.name = array_name;
  for (std::int64_t v = 0; v < count; ++v) {
    data::RawVariable variable;
    variable.name = fmt::format("{}_{}", stem, v);
    variable.shape = {levels};
    variable.dimensions = {"level"};
    for (std::int64_t level = 0; level < levels; ++level)
      array.encoding.features.push_back(
          {fmt::format("{}[{}]", variable.name, level), variable.name, "1", level});
    raw.push_back(variable);
  }
  const auto width = static_cast<std::size_t>(count * levels);
  array.shape = {count * levels};
  array.places.resize(width);
  std::iota(array.places.begin(), array.places.end(), 0);
  array.encoding.transforms.resize(width);
  array.encoding.offset.assign(width, 0.25);
  array.encoding.scale.assign(width, 1.5);
  return array;
}

colonnade_model* model_of(std::int64_t hidden) {
  train::Model model;
  model.recipe.layout = "flat";
  model.recipe.arrays = {profiles("x", "input", input_count, model.recipe.inputs),
                         profiles("y", "output", output_count, model.recipe.targets)};
  model.shape = {{input_count * levels, hidden, hidden, hidden, output_count * levels}};
  model.weights.resize(nn::parameter_count(model.shape));
  nn::initialise(model.shape, 1, model.weights);
  const std::string path = std::filesystem::temp_directory_path() / "colonnade_infer_bench.h5";
  train::write_model(mpi::Communicator(), path, model);
  colonnade_model* loaded = nullptr;
  must(colonnade_model_load(path.c_str(), &loaded, nullptr, 0));
  std::filesystem::remove(path);
  return loaded;
}

void infer_blocks(benchmark::State& state) {
  const std::int64_t nproma = state.range(1);
  colonnade_model* const model = model_of(state.range(0));
  colonnade_runner* runner = nullptr;
  must(colonnade_runner_create(model, nproma, &runner, nullptr, 0));
  std::vector<float> values(static_cast<std::size_t>(nproma * levels));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 2003) / 1001.5F - 1.0F;
  for (auto _ : state) {
    for (std::int64_t v = 0; v < input_count; ++v)
      must(colonnade_set_input_float(runner, colonnade_input(model, v).name, values.data(), nproma,
                                     levels, 1, nproma, nullptr, 0));
    must(colonnade_run(runner, nproma, nullptr, 0));
    for (std::int64_t v = 0; v < output_count; ++v)
      must(colonnade_get_output_float(runner, colonnade_output(model, v).name, values.data(),
                                      nproma, levels, 1, nproma, nullptr, 0));
  }
  state.SetItemsProcessed(state.iterations() * nproma);
  colonnade_runner_free(runner);
  colonnade_model_free(model);
}

}  // namespace

BENCHMARK(infer_blocks)
    ->ArgNames({"hidden", "nproma"})
    ->ArgsProduct({{100, 512}, {1, 16, 63, 512}})
    ->Unit(benchmark::kMillisecond);

int main(int argc, char** argv) {
  const mpi::Session session(argc, argv);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
