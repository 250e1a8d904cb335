#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/trainer.hpp>

#include <fstream>
#include <string>

namespace colonnade::train {

/// What becomes of a run that stands where a new one shall go.
enum class OlderRun { refused, replaced, continued };

/// The folder that a training run leaves behind: config.ini, metrics.csv, and the files that the
/// caller puts at file(name).
class RunDirectory {
 public:
  /// **Collective.** Checks that a run may go to `path`; touches nothing. Throws on all ranks a
  /// usage error when it exists and an older run is refused or it is no run directory, a storage
  /// error when the folder around it does not exist.
  RunDirectory(const mpi::Communicator& comm, const std::string& path, OlderRun older);

  /// **Collective.** Makes the folder; removes an older run that shall be replaced; writes
  /// `config_ini`, and the root's text of metrics.csv so far, or its head if there is none. A
  /// process killed in here leaves what is taken for a run. Throws storage errors on all ranks.
  void start(const std::string& config_ini, const std::string& metrics = "");

  /// **Collective.** Appends the epoch to metrics.csv. Throws storage errors on all ranks.
  void add(const EpochReport& report);

  /// The text of metrics.csv so far, on the root.
  [[nodiscard]] const std::string& metrics() const { return metrics_; }

  /// The path of a file in the folder.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  void write_line(const std::string& line);

  mpi::Communicator comm_;
  std::string path_;
  OlderRun older_;
  std::string metrics_;
  std::ofstream metrics_file_;  ///< open on the root
};

}  // namespace colonnade::train
