#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/trainer.hpp>

#include <fstream>
#include <string>

namespace colonnade::train {

/// The folder that a training run leaves behind: config.ini, metrics.csv, and the files that the
/// caller puts at file(name).
class RunDirectory {
 public:
  /// **Collective.** Checks that a run may go to `path`; touches nothing. Throws on all ranks a
  /// usage error when it exists and `force` is false or it is no run directory, a storage error
  /// when the folder around it does not exist.
  RunDirectory(const mpi::Communicator& comm, const std::string& path, bool force);

  /// **Collective.** Removes an older run, makes the folder, writes `config_ini` and the head of
  /// metrics.csv. Throws storage errors on all ranks.
  void start(const std::string& config_ini);

  /// **Collective.** Appends the epoch to metrics.csv. Throws storage errors on all ranks.
  void add(const EpochReport& report);

  /// The path of a file in the folder.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  void write_line(const std::string& line);

  mpi::Communicator comm_;
  std::string path_;
  std::ofstream metrics_;  ///< open on the root
};

}  // namespace colonnade::train
