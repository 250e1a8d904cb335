#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/progress.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/nn/mlp.hpp>
#include <colonnade/nn/optimiser.hpp>
#include <colonnade/nn/schedule.hpp>
#include <colonnade/train/column_slab.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/lane_columns.hpp>
#include <colonnade/train/lanes.hpp>
#include <colonnade/train/memory_plan.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/step_hashes.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/team.hpp>
#include <colonnade/train/training_state.hpp>
#include <colonnade/train/worker.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::train {

struct TrainerConfig {
  nn::MlpShape shape;
  nn::Objective objective;
  nn::Precision precision = nn::Precision::fp32;
  nn::OptimiserConfig optimiser;
  nn::ScheduleConfig schedule;  ///< total_steps is set by the trainer
  double clip_norm = 0.0;       ///< 0: the gradient is not clipped
  std::int64_t batch = 1024;    ///< columns
  std::int64_t micro_batch = 256;
  std::int64_t epochs = 20;
  std::int64_t patience = 0;  ///< epochs without a better validation loss before the end; 0: never
  std::uint64_t seed = 1;
  int threads = 1;                ///< of each rank
  std::int64_t memory_bytes = 0;  ///< that a rank may use; 0: any
  std::int64_t buckets =
      0;  ///< of the gradient's sum; 0: one on a single node, else as Slices has it
};

/// One epoch, the same on all ranks but for the times.
struct EpochReport {
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< steps since the start
  double learning_rate = 0.0;
  double train_loss = 0.0;       ///< mean over the epoch, while the weights moved
  double validation_loss = 0.0;  ///< the training loss where there is no validation split
  bool is_best = false;
  double columns_per_second = 0.0;  ///< of all ranks, validation left out
  double seconds = 0.0;             ///< since the start of the first epoch
  StepTimes times{};
  double validation_s = 0.0;
};

struct TrainResult {
  std::int64_t best_epoch = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  bool stopped_early = false;
  double columns_per_second = 0.0;  ///< median over the epochs after the first; 0: none was run
};

/// Who hears of a run as it goes on; what is empty hears nothing.
struct TrainListener {
  /// **Collective.** After every epoch, on all ranks.
  std::function<void(const EpochReport&)> on_epoch{};
  /// What this rank asks of all with its next step: a word that only `on_step` understands.
  std::function<std::uint32_t()> request{};
  /// **Collective.** After every step, with what each rank asked; an mpi::AgreedError that it
  /// throws on all ranks ends the run there. state() is that of the step.
  std::function<void(std::span<const std::uint32_t> requests)> on_step{};
};

/// Trains one network on all ranks and threads, with the same bits on any number of them.
class Trainer {
 public:
  /// **Collective.** Reads this rank's columns, those that plan_memory holds in memory, and
  /// allocates all that the steps need; the source must outlive the trainer. Throws usage errors of
  /// the config, and storage errors, on all ranks.
  Trainer(const mpi::Communicator& comm, const TrainerConfig& config, const ColumnSource& source,
          base::ProgressSink progress);

  /// **Collective.** Runs all epochs that are left. Throws on all ranks a numeric error when loss,
  /// gradient or weights leave the finite numbers, and the error of the lowest rank that fails in a
  /// step.
  TrainResult run(const TrainListener& listener);

  /// **Collective.** A copy of the run's state; weights and moments on the root alone.
  [[nodiscard]] TrainingState state();
  /// **Collective.** Goes on from the root's state, which fits the config but for its ranks and
  /// threads.
  void restore(const TrainingState& on_root);
  /// **Collective.** Hashes of the last step, for a listener's on_step. Throws on all ranks an
  /// internal error that names the ranks whose weights differ from the others', if any do.
  StepHashes hash_step();
  /// **Collective.** Throws as hash_step does.
  void expect_same_weights();
  /// Whether all epochs are run, or enough of them have brought nothing better.
  [[nodiscard]] bool is_finished() const noexcept;
  [[nodiscard]] const TrainingPosition& position() const noexcept { return position_; }
  /// Steps since the start of the run.
  [[nodiscard]] std::int64_t step_count() const;

  /// The weights at the end of an epoch or after state(), the same on all ranks.
  [[nodiscard]] std::span<const float> weights() const noexcept { return weights_.all(); }
  /// Those of the folded network (nn::fold), which predicts: the same without batch normalisation.
  [[nodiscard]] std::span<const float> model_weights();
  [[nodiscard]] const Lanes& lanes() const noexcept { return lanes_; }
  [[nodiscard]] const MemoryPlan& memory() const noexcept { return memory_; }

 private:
  [[nodiscard]] bool has_lost_patience() const noexcept;
  void make_workers();
  EpochReport run_epoch(const TrainListener& listener);
  std::int64_t run_steps(const TrainListener& listener, StepTimes& times);
  double run_step(std::uint32_t request, StepTimes& times);
  void end_epoch(EpochReport& report);
  double validation_loss();
  /// What a lane must know of its rows in the step under way.
  [[nodiscard]] nn::TrainingRows rows_of(std::int64_t lane, std::int64_t statistics_columns) const;
  /// Columns of a step in micro-batches that have a variance; 0 without batch normalisation.
  [[nodiscard]] std::int64_t statistics_columns(std::int64_t step) const;
  /// Rows of validation columns, at most a micro-batch.
  void gather_validation(mpi::Range columns, const MicroBatch& into) const;
  /// What a sum of the loss over so many columns is divided by.
  [[nodiscard]] double terms_of(std::int64_t columns) const;
  void report_progress(double loss) const;

  mpi::Communicator comm_;
  TrainerConfig config_;
  MemoryPlan memory_;
  mpi::Range validation_;
  base::ProgressSink progress_;
  Lanes lanes_;
  Slices slices_;
  std::unique_ptr<Team> team_;
  std::vector<std::optional<Worker>> workers_;
  Weights weights_;
  std::optional<Weights> folded_;  ///< of the network that predicts, where it is another
  GradientSum gradient_;
  StepHasher hasher_;
  std::optional<SlicedUpdate> update_;
  std::optional<nn::Schedule> schedule_;
  std::unique_ptr<LaneColumns> train_columns_;
  std::optional<ColumnSlab> validation_slab_;  ///< else they are read
  ReadRows read_validation_;
  TrainingPosition position_;
  Stopwatch clock_;      ///< of position_.seconds
  double hash_s_ = 0.0;  ///< since the last report
};

}  // namespace colonnade::train
