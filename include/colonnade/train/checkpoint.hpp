#pragma once

#include <colonnade/train/objective.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/trainer.hpp>
#include <colonnade/train/training_state.hpp>

#include <string>
#include <utility>
#include <vector>

namespace colonnade::train {

/// The options, by their names, and the data that decide a run's result, with their values.
using ResultOptions = std::vector<std::pair<std::string, std::string>>;

/// The best model so far: of `report`, the fields that are the same on any machine.
struct BestModel {
  EpochReport report{};        ///< epoch 0: none yet
  std::vector<float> weights;  ///< empty while there is none
};

/// A run as it stands between two steps: independent of ranks, threads and place.
struct Checkpoint {
  ResultOptions options;
  TrainingState state{};
  BestModel best{};
  EpochReport last{};  ///< of the last whole epoch, the fields as in BestModel
  RunTables tables{};
  std::string instruction_set{};  ///< nn::instruction_set() where it was written
};

/// The options that decide the result of training with `config`, whose objective was made from
/// `objective`, on data of a content hash.
ResultOptions result_options(const TrainerConfig& config, const ObjectiveOptions& objective,
                             const std::string& data_content);

/// Throws a usage error that names the first option whose value differs from the checkpoint's.
/// Only --epochs may differ, down to the epoch that was reached, and only under a schedule whose
/// past does not depend on it.
void expect_same_result(const ResultOptions& mine, const Checkpoint& checkpoint,
                        const std::string& path);

/// Writes a checkpoint whole (write_sections), on this process alone. Throws a storage error.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// Reads a checkpoint on this process alone. Throws a storage error when it cannot be read, and a
/// data error when a bit of it differs from what was written.
Checkpoint read_checkpoint(const std::string& path);

}  // namespace colonnade::train
