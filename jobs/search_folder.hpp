#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/file_lock.hpp>
#include <colonnade/train/run_directory.hpp>

#include <memory>
#include <string>
#include <vector>

namespace colonnade::jobs {

/// The folder that a search leaves behind.
class SearchFolder {
 public:
  /// **Collective.** Checks that a search may go to `path`; touches nothing. Throws as
  /// train::RunDirectory does.
  SearchFolder(const mpi::Communicator& comm, const std::string& path, train::OlderRun older,
               const std::vector<std::string>& inputs);

  /// **Collective.** Makes the folder, removes an older search that shall be replaced, and writes
  /// search.ini. Throws on all ranks storage errors, and a usage error when another job writes it.
  void start(const std::string& config_ini);

  /// The path of a file in the folder.
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  mpi::Communicator comm_;
  std::string path_;
  train::OlderRun older_;
  std::unique_ptr<train::FileLock> lock_;  ///< the root's
};

}  // namespace colonnade::jobs
