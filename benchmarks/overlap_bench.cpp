// What it brings to send the gradient in buckets while it is computed: mpirun -n 4 overlap_bench
//
// Steps of training on made columns, one micro-batch of 512 a rank, with the sum in one bucket and
// in several, in turn: medians of the slowest rank, in milliseconds. exposed: messages of the sum
// after the rank has computed; sharing: the all-gather of the weights. benchmarks/shaped_links.sh
// runs it over links of a known speed.

#include <colonnade/mpi/session.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/worker.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

namespace {

using namespace colonnade;

constexpr std::int64_t columns = 512;
constexpr int warm_up = 3, pairs = 21;

/// A rank's training with the sum in so many buckets; 0: as Slices has it.
class Training {
 public:
  Training(const mpi::Communicator& comm, const nn::MlpShape& shape, nn::Precision precision,
           std::int64_t buckets)
      : slices_(buckets > 0 ? train::Slices(nn::parameter_count(shape), comm.size(), buckets)
                            : train::Slices(nn::parameter_count(shape), comm.size())),
        team_(1, slices_.buckets() > 1),
        sum_(comm, team_, comm.size(), slices_),
        update_(comm, team_, {.algorithm = nn::Algorithm::adam}, slices_, 1.0,
                slices_.parameters()),
        weights_(comm, team_, slices_, precision),
        worker_(
            shape, {.loss = nn::Loss::mse}, columns, precision,
            slices_.buckets() > 1 ? nn::KernelUse::training_in_blocks : nn::KernelUse::training) {
    nn::initialise(shape, 1, weights_.all());
    weights_.round();
    worker_.set_weights(weights_, weights_);
  }

  [[nodiscard]] std::size_t buckets() const { return slices_.buckets(); }

  struct Times {
    std::vector<double> compute_s{}, exposed_s{}, sharing_s{}, step_s{};
  };
  /// **Collective.** One step, whose times are added to those before.
  void step(const mpi::Communicator& comm, Times& times) {
    const auto nothing = [](std::int64_t /*which*/, const train::MicroBatch& /*into*/) {
      return nn::TrainingRows{.valid = columns};
    };
    train::StepTimes in_sum, in_update, in_sharing;
    comm.barrier();
    train::Stopwatch watch;
    sum_.run([&](int, mpi::Range, std::span<double> losses, std::span<float> gradient,
                 const nn::Ready& ready) { worker_.train(nothing, 1e-6, losses, gradient, ready); },
             in_sum, 0,
             [this](std::int64_t begin, std::span<const float> tile) {
               update_.take_tile(begin, tile);
             });
    update_.step(weights_, sum_.sum(), 1e-6, 0.0, in_update);
    weights_.share(in_sharing);
    times.step_s.push_back(watch.lap_s());
    times.compute_s.push_back(in_sum.compute_s);
    times.exposed_s.push_back(in_sum.communication_s);
    times.sharing_s.push_back(in_sharing.communication_s);
  }

 private:
  train::Slices slices_;
  train::Team team_;
  train::GradientSum sum_;
  train::SlicedUpdate update_;
  train::Weights weights_;
  train::Worker worker_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const mpi::Communicator& comm, std::int64_t hidden, nn::Precision precision) {
  const nn::MlpShape shape{{4128, hidden, hidden, hidden, 552}, nn::Activation::silu};
  std::vector<std::unique_ptr<Training>> trainings;
  for (const std::int64_t buckets : {1, 0})
    trainings.push_back(std::make_unique<Training>(comm, shape, precision, buckets));
  std::vector<Training::Times> times(trainings.size());
  for (int pair = 0; pair < warm_up + pairs; ++pair) {
    if (pair == warm_up) std::fill(times.begin(), times.end(), Training::Times{});
    for (std::size_t t = 0; t < trainings.size(); ++t) trainings[t]->step(comm, times[t]);
  }
  for (std::size_t t = 0; t < trainings.size(); ++t) {
    const auto slowest_ms = [&](const std::vector<double>& seconds) {
      return 1e3 * comm.max(median(seconds));
    };
    const auto& [compute_s, exposed_s, sharing_s, step_s] = times[t];
    const double compute_ms = slowest_ms(compute_s), exposed_ms = slowest_ms(exposed_s),
                 sharing_ms = slowest_ms(sharing_s), step_ms = slowest_ms(step_s);
    if (comm.is_root())
      fmt::print("{:>7} {:>9} {:>7} {:>10.2f} {:>10.2f} {:>10.2f} {:>10.2f}\n",
                 fmt::format("{}x3", hidden), nn::name_of(precision), trainings[t]->buckets(),
                 compute_ms, exposed_ms, sharing_ms, step_ms);
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const mpi::Session session(argc, argv);
  const mpi::Communicator comm;
  if (comm.is_root())
    fmt::print("{:>7} {:>9} {:>7} {:>10} {:>10} {:>10} {:>10}\n", "network", "precision", "buckets",
               "compute", "exposed", "sharing", "step");
  for (const std::int64_t hidden : {100, 512})
    for (const auto precision : {nn::Precision::fp32, nn::Precision::bf16})
      if (precision == nn::Precision::fp32 || comm.min(nn::is_native(precision) ? 1 : 0) == 1)
        compare(comm, hidden, precision);
}
