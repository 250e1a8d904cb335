// A training run under way: what is written as its steps and epochs end.
#pragma once

#include <colonnade/app/progress.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/checkpoint_writer.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/trainer.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace colonnade::jobs {

/// When checkpoints are written besides the end and a stop; 0 in both: never.
struct CheckpointCadence {
  double seconds = 0.0;
  std::int64_t steps = 0;
};

/// What a run is made from.
struct TrainPlan {
  std::string config_ini;
  train::TrainerConfig config;
  train::ResultOptions result_options;
  CheckpointCadence cadence;
  std::int64_t keep_checkpoints = 1;
  std::int64_t hash_every = 0;  ///< steps; 0: none is hashed
  bool is_quiet = false;
};

/// Trains, and keeps the run directory so that the run can go on from it whenever it is killed.
class TrainRun {
 public:
  TrainRun(const mpi::Communicator& comm, const TrainPlan& plan, const data::PreparedFile& file,
           train::RunDirectory& directory);

  /// **Collective.** Runs to the end, from the root's checkpoint if one was found. Throws on all
  /// ranks what Trainer throws, storage errors, and ErrorKind::stopped when a rank was asked to
  /// stop, or ErrorKind::usage when the job's time is too short for more than a step.
  void operator()(const train::ColumnSource& source, train::FoundCheckpoint found);

 private:
  using Clock = std::chrono::steady_clock;

  void run(train::FoundCheckpoint found);
  void start(train::FoundCheckpoint found);
  [[nodiscard]] train::RunTables tables_of(const std::optional<train::Checkpoint>& found) const;
  void finish(const train::TrainResult& result);
  void end_epoch(const train::EpochReport& report);

  std::uint32_t request();
  void end_step(std::span<const std::uint32_t> requests);
  [[noreturn]] void stop(const std::string& reason);
  void hash_step();
  void write_checkpoint();
  void write_last_checkpoint();
  void tell_written(const std::optional<train::WrittenCheckpoint>& written);
  [[nodiscard]] mpi::AgreedError with_way_on(const mpi::AgreedError& error);
  [[nodiscard]] double left_s() const;
  [[nodiscard]] bool is_time_up() const;

  /// **Collective.** Nothing before the end of the first epoch.
  void write_summary(const std::string& status, const std::string& weights = "");
  void write_model(const char* name, const train::BestModel& model) const;
  void tell(const std::string& line);
  void warn(const std::string& line);

  const mpi::Communicator& comm_;
  const TrainPlan& plan_;
  const data::PreparedFile& file_;
  train::RunDirectory& directory_;
  app::Progress progress_;
  std::optional<train::Trainer> trainer_;
  train::BestModel best_;  ///< its weights on the root alone
  train::EpochReport last_;
  std::int64_t steps_ = 0;  ///< since this process began

  // The root's alone.
  std::shared_ptr<spdlog::logger> log_;
  train::CheckpointWriter writer_;
  std::string newest_;  ///< the checkpoint to go on from; "" if there is none
  std::optional<std::chrono::system_clock::time_point> job_end_;
  double margin_s_ = 0.0;  ///< kept for the end of the job
  Clock::time_point last_checkpoint_ = Clock::now();
  Clock::time_point last_step_ = Clock::now();
  double longest_step_s_ = 0.0;
  double checkpoint_s_ = 0.0;  ///< that training stood still for the last checkpoint
  double written_s_ = 0.0;     ///< that its writing took
};

}  // namespace colonnade::jobs
