// synth and prepare as whole commands do them, and the parts of prepare that touch every value, on
// one rank. Files lie in the system's folder for temporary ones, and in its memory once read.

#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/data/prepare.hpp>
#include <colonnade/data/reference_layout.hpp>
#include <colonnade/mpi/session.hpp>
#include <colonnade/synth/files.hpp>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace {

namespace data = colonnade::data;
namespace fs = std::filesystem;
using colonnade::mpi::Communicator;

constexpr std::size_t width = 4128;

void no_progress(std::string_view /*phase*/, std::int64_t /*done*/, std::int64_t /*all*/) {}

/// The scratch folder of this process, removed at its end.
class Scratch {
 public:
  Scratch() { fs::create_directory(path_); }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] std::string operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_ = fs::temp_directory_path() / ("colonnade_bench_" + std::to_string(::getpid()));
};

const Scratch& scratch() {
  static const Scratch folder;
  return folder;
}

colonnade::synth::Options synth_options(std::int64_t columns) {
  colonnade::synth::Options options;
  options.columns = columns;
  options.files = 2;
  options.folder = scratch() / "raw";
  options.force = true;
  return options;
}

void count_bytes(benchmark::State& state, std::int64_t columns, std::int64_t bytes) {
  state.SetItemsProcessed(state.iterations() * columns);
  state.SetBytesProcessed(state.iterations() * bytes);
}

void synth(benchmark::State& state) {
  const auto options = synth_options(state.range(0));
  for (auto _ : state) colonnade::synth::make_files(Communicator(), options, no_progress);
  count_bytes(state, options.columns, colonnade::synth::raw_bytes(options.columns));
}

void prepare(benchmark::State& state) {
  const auto raw = synth_options(state.range(0));
  colonnade::synth::make_files(Communicator(), raw, no_progress);
  data::PrepareOptions options;
  options.files = colonnade::synth::file_paths(raw);
  for (const auto& variable : data::reference_variables())
    (variable.target ? options.targets : options.inputs).push_back(variable.name);
  options.memory_bytes = state.range(1) != 0 ? options.memory_bytes : 0;
  options.verify = state.range(2) != 0;
  options.out = scratch() / "columns.h5";
  std::int64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    fs::remove(options.out);
    state.ResumeTiming();
    const auto report = data::prepare(Communicator(), options, no_progress);
    bytes = report.bytes_read + report.bytes_written;
  }
  count_bytes(state, raw.columns, bytes);
}

std::vector<float> some_rows(std::size_t count) {
  std::vector<float> values(count * width);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 2003) / 1001.5F - 1.0F;
  return values;
}

void moments(benchmark::State& state) {
  const std::size_t columns = 1024;
  const auto rows = some_rows(columns);
  const std::vector<char> counted(columns, 1);
  data::Moments sums(Communicator(), width);
  for (auto _ : state) sums.add_round(rows, counted, true);
  count_bytes(state, columns, static_cast<std::int64_t>(rows.size() * sizeof(float)));
}

void normalise(benchmark::State& state) {
  auto rows = some_rows(1024);
  data::Encoding encoding;
  encoding.features.resize(width);
  encoding.transforms.resize(width);
  encoding.offset.assign(width, 1e-3);
  encoding.scale.assign(width, 1.01);
  for (auto _ : state) encoding.normalise_rows(rows);
  count_bytes(state, 1024, static_cast<std::int64_t>(rows.size() * sizeof(float)));
}

void hash(benchmark::State& state) {
  const auto rows = some_rows(1024);
  std::uint64_t sum = 0;
  for (auto _ : state)
    for (std::int64_t i = 0; i < 1024; ++i)
      sum += data::row_hash(0, i, i,
                            std::span(rows).subspan(static_cast<std::size_t>(i) * width, width));
  benchmark::DoNotOptimize(sum);
  count_bytes(state, 1024, static_cast<std::int64_t>(rows.size() * sizeof(float)));
}

BENCHMARK(synth)->Arg(4096)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(prepare)
    ->ArgNames({"columns", "in_memory", "verify"})
    ->ArgsProduct({{16384}, {1, 0}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(moments)->Unit(benchmark::kMillisecond);
BENCHMARK(normalise)->Unit(benchmark::kMillisecond);
BENCHMARK(hash)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  const colonnade::mpi::Session session(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
