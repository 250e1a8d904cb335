#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/trainer.hpp>

#include <cstdint>
#include <span>

namespace colonnade::train {

/// Where a step's time goes: seconds, as means over steps and ranks, which add up to the step.
struct StepSplit {
  double input_s = 0.0;          ///< gathering rows into micro-batches
  double compute_s = 0.0;        ///< forward, loss and backward
  double idle_s = 0.0;           ///< waiting for the rank with the most work of its own in the run
  double sum_s = 0.0;            ///< adding gradients
  double communication_s = 0.0;  ///< in messages, idle left out: what no work hides
  double optimiser_s = 0.0;
  double other_s = 0.0;  ///< the rest: handing the weights to the threads, mostly

  [[nodiscard]] double step_s() const {
    return input_s + compute_s + idle_s + sum_s + communication_s + optimiser_s + other_s;
  }
};

/// One measured run.
struct ScalingSample {
  double columns_per_second = 0.0;
  StepSplit split{};
  std::uint64_t weights = 0;  ///< hash after the first epoch
};

/// **Collective.** Trains config.epochs (2 or more) epochs and measures all but the first. The same
/// on all ranks. Throws what Trainer throws.
ScalingSample measure_training(const mpi::Communicator& comm, const TrainerConfig& config,
                               const ColumnSource& source);

/// The split of `steps` steps from the times of each rank, the slowest of which took `elapsed_s`.
StepSplit split_of(std::span<const StepTimes> times_of_ranks, std::int64_t steps, double elapsed_s);

}  // namespace colonnade::train
