#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/event_file.hpp>
#include <colonnade/train/file_lock.hpp>
#include <colonnade/train/line_file.hpp>
#include <colonnade/train/trainer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace colonnade::train {

/// What becomes of a run that stands where a new one shall go.
enum class OlderRun { refused, replaced, continued };

/// What a run has written line by line so far: the texts of its tables. An empty one is not kept.
struct RunTables {
  std::string metrics{};  ///< of metrics.csv, a line an epoch
  std::string hashes{};   ///< of hashes.csv, a line a hashed step
};

/// The folder that a training run leaves behind: config.ini, metrics.csv and the same for
/// TensorBoard, hashes.csv, and the files that the caller puts at file(name).
class RunDirectory {
 public:
  /// **Collective.** Checks that a run may go to `path`; touches nothing. Throws on all ranks a
  /// usage error when it exists and an older run is refused, or it is no run directory, or to
  /// replace it would remove one of `inputs` or files that are not of a run; a storage error when
  /// the folder around it does not exist.
  RunDirectory(const mpi::Communicator& comm, const std::string& path, OlderRun older,
               const std::vector<std::string>& inputs = {});
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  /// **Collective.** Makes the folder; removes an older run that shall be replaced; writes
  /// `config_ini`, and the root's tables so far; without metrics their head. A process killed in
  /// here leaves what is taken for a run. Throws on all ranks storage errors, and a usage error
  /// when another job is writing the run.
  void start(const std::string& config_ini, const RunTables& tables = {});

  /// **Collective.** Appends the epoch to metrics.csv and to TensorBoard's events. Throws storage
  /// errors on all ranks.
  void add(const EpochReport& report);

  /// **Collective.** Appends the step to hashes.csv. Throws storage errors on all ranks.
  void add(const StepHashes& hashes);

  /// The tables so far, on the root.
  [[nodiscard]] RunTables tables() const { return {metrics_.text(), hashes_.text()}; }

  /// The path of a file in the folder.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  mpi::Communicator comm_;
  std::string path_;
  OlderRun older_;
  LineFile metrics_, hashes_;       ///< open on the root
  EventFile events_;                ///< likewise: metrics_ once more
  std::unique_ptr<FileLock> lock_;  ///< on log.txt, which two jobs would spoil; the root's
};

}  // namespace colonnade::train
