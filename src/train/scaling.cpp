#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/train/scaling.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace colonnade::train {

namespace {

double own_work_s(const StepTimes& times) {
  return times.input_s + times.compute_s + times.sum_s + times.optimiser_s;
}

/// **Collective.** The times of all ranks, in rank order.
std::vector<StepTimes> of_all_ranks(const mpi::Communicator& comm, const StepTimes& mine) {
  const std::array<double, 5> values{mine.input_s, mine.compute_s, mine.sum_s, mine.communication_s,
                                     mine.optimiser_s};
  const auto all = comm.concatenate(std::span<const double>(values));
  std::vector<StepTimes> times;
  for (auto v = all.begin(); v != all.end(); v += values.size())
    times.push_back({.input_s = v[0],
                     .compute_s = v[1],
                     .sum_s = v[2],
                     .communication_s = v[3],
                     .optimiser_s = v[4]});
  return times;
}

}  // namespace

StepSplit split_of(std::span<const StepTimes> times_of_ranks, std::int64_t steps,
                   double elapsed_s) {
  const auto slowest = std::max_element(
      times_of_ranks.begin(), times_of_ranks.end(),
      [](const StepTimes& a, const StepTimes& b) { return own_work_s(a) < own_work_s(b); });
  const double most_s = own_work_s(*slowest);
  const double share =
      1.0 / static_cast<double>(steps) / static_cast<double>(times_of_ranks.size());
  StepSplit split;
  for (const StepTimes& times : times_of_ranks) {
    // A rank cannot have idled for longer than it was in messages.
    const double idle_s = std::min(most_s - own_work_s(times), times.communication_s);
    split.input_s += share * times.input_s;
    split.compute_s += share * times.compute_s;
    split.idle_s += share * idle_s;
    split.sum_s += share * times.sum_s;
    split.communication_s += share * (times.communication_s - idle_s);
    split.optimiser_s += share * times.optimiser_s;
  }
  split.other_s = std::max(0.0, elapsed_s / static_cast<double>(steps) - split.step_s());
  return split;
}

ScalingSample measure_training(const mpi::Communicator& comm, const TrainerConfig& config,
                               const ColumnSource& source) {
  base::expects(config.epochs > 1, "the first epoch of a measured run is not counted");
  Trainer trainer(comm, config, source, {});
  const auto columns = static_cast<double>(trainer.lanes().columns());
  ScalingSample sample;
  StepTimes times;
  double elapsed_s = 0.0;
  trainer.run({.on_epoch =
                   [&](const EpochReport& report) {
                     if (report.epoch == 1) {
                       trainer.expect_same_weights();
                       sample.weights = base::hash_values(trainer.weights());
                       return;
                     }
                     elapsed_s += columns / report.columns_per_second;
                     times.input_s += report.times.input_s;
                     times.compute_s += report.times.compute_s;
                     times.sum_s += report.times.sum_s;
                     times.communication_s += report.times.communication_s;
                     times.optimiser_s += report.times.optimiser_s;
                   },
               // A rank alone sends no message by which the watchdog could know that it gets on.
               .on_step = [](std::span<const std::uint32_t> /*requests*/) { mpi::tick(); }});
  elapsed_s = comm.max(elapsed_s);
  const std::int64_t epochs = config.epochs - 1;
  sample.split =
      split_of(of_all_ranks(comm, times), epochs * trainer.lanes().steps_per_epoch(), elapsed_s);
  sample.columns_per_second = static_cast<double>(epochs) * columns / elapsed_s;
  return sample;
}

}  // namespace colonnade::train
