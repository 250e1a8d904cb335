#pragma once

#include <colonnade/base/error.hpp>
#include <colonnade/train/checkpoint.hpp>

#include <cstdint>
#include <future>
#include <optional>
#include <string>

namespace colonnade::train {

/// How the writing of one checkpoint ended.
struct WrittenCheckpoint {
  std::int64_t step = 0;
  std::string path;
  double seconds = 0.0;
  std::optional<base::Error> error;  ///< then the file was not written, and the older ones stay
};

/// Writes checkpoints in a thread of its own while training goes on, one at a time; the root's
/// tool.
class CheckpointWriter {
 public:
  /// Writes into `folder`, which is made if absent, and keeps the `keep` newest.
  CheckpointWriter(std::string folder, std::int64_t keep);

  /// Begins to write the checkpoint after `step`. The one before must have been taken.
  void start(std::int64_t step, Checkpoint checkpoint);
  /// How the checkpoint under way ended; waits for its end. Nothing if there is none.
  std::optional<WrittenCheckpoint> wait();
  /// As wait, but nothing while it is being written.
  std::optional<WrittenCheckpoint> poll();

 private:
  std::string folder_;
  std::int64_t keep_;
  std::future<WrittenCheckpoint> under_way_;
};

}  // namespace colonnade::train
