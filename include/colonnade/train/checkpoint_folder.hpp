#pragma once

#include <colonnade/base/error.hpp>
#include <colonnade/train/checkpoint.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

/// A checkpoint that was read, and what stood in the way of a newer one.
struct FoundCheckpoint {
  std::optional<Checkpoint> checkpoint;  ///< nothing: there is no whole one
  std::string path;
  std::vector<base::Error> passed_over;  ///< one a damaged file, the newest first
};

/// The file of the checkpoint after a step: FOLDER/step_00001234.ckpt.
std::string checkpoint_path(const std::string& folder, std::int64_t step);

/// Whether a checkpoint, or what a killed writer left of one, is called so.
bool is_checkpoint(const std::string& name);

/// Reads the newest checkpoint that is whole; damaged ones are passed over and left in place. On
/// this process alone.
FoundCheckpoint newest_checkpoint(const std::string& folder);

/// Removes what writers that were killed left unfinished, and all but the `keep` newest checkpoints
/// up to `step`. On this process alone.
void prune_checkpoints(const std::string& folder, std::int64_t step, std::int64_t keep);

}  // namespace colonnade::train
