// What the reproducible sum costs beside a plain MPI_Allreduce: mpirun -n 2 sum_bench
//
// ordered: the gradients of `lanes` micro-batches added in the fixed tree, each rank its slice, and
// the all-gather of what every rank updated. plain: one gradient a rank (as a trainer has it that
// runs its share of the batch in one call), MPI_Allreduce, whose order of additions follows the
// number of ranks. Neither counts the network's own work.

#include <colonnade/mpi/session.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/slices.hpp>

#include <benchmark/benchmark.h>
#include <mpi.h>

#include <chrono>

namespace {

using namespace colonnade;

constexpr benchmark::IterationCount iterations = 60;

/// Counts the time of the slowest rank.
template <typename Work>
void time_together(benchmark::State& state, const mpi::Communicator& comm, Work work) {
  for (auto _ : state) {
    comm.barrier();
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(comm.max(elapsed.count()));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) * 4);
}

void ordered(benchmark::State& state) {
  const mpi::Communicator comm;
  const auto parameters = static_cast<std::size_t>(state.range(0));
  train::Team team(1);
  const train::Slices slices(parameters, comm.size(), 1);
  train::GradientSum sum(comm, team, state.range(1), slices);
  train::SlicedUpdate update(comm, team, {.algorithm = nn::Algorithm::sgd}, slices, 0.0,
                             slices.parameters());
  train::Weights weights(comm, team, slices, nn::Precision::fp32);
  train::StepTimes times;
  const auto nothing = [](int, mpi::Range, std::span<double>, std::span<float>, const nn::Ready&) {
  };
  time_together(state, comm, [&] {
    sum.run(nothing, times);
    update.step(weights, sum.sum(), 0.0, 0.0, times);
    weights.share(times);
  });
}

void plain(benchmark::State& state) {
  const mpi::Communicator comm;
  const auto parameters = static_cast<std::size_t>(state.range(0));
  std::vector<float> gradient(parameters), weights(parameters);
  nn::Optimiser optimiser({.algorithm = nn::Algorithm::sgd}, parameters);
  time_together(state, comm, [&] {
    MPI_Allreduce(MPI_IN_PLACE, gradient.data(), static_cast<int>(parameters), MPI_FLOAT, MPI_SUM,
                  comm.handle());
    optimiser.step(weights, gradient, 0.0, 1.0);
  });
}

// The parameters of 4128-100-100-100-552 and 4128-512-512-512-552.
BENCHMARK(ordered)
    ->ArgNames({"parameters", "lanes"})
    ->ArgsProduct({{488852, 2922536}, {2, 4, 8}})
    ->UseManualTime()
    ->Iterations(iterations)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(plain)
    ->ArgName("parameters")
    ->Arg(488852)
    ->Arg(2922536)
    ->UseManualTime()
    ->Iterations(iterations)
    ->Unit(benchmark::kMillisecond);

class Silent final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

}  // namespace

int main(int argc, char** argv) {
  const mpi::Session session(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Silent silent;
  if (mpi::Communicator().is_root())
    benchmark::RunSpecifiedBenchmarks();
  else
    benchmark::RunSpecifiedBenchmarks(&silent);
}
