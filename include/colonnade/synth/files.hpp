#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace colonnade::synth {

struct Options {
  std::int64_t columns = 0;
  std::int64_t files = 1;
  std::string folder;
  std::uint64_t seed = 1;
  bool force = false;
  std::map<std::string, std::string> provenance;  ///< attributes of every file
};

/// Paths of the files that make_files writes: FOLDER/3dcorrection_000.nc, ...
std::vector<std::string> file_paths(const Options& options);

/// Bytes of data in all files.
std::int64_t raw_bytes(std::int64_t columns);

/// Throws a usage error of columns and files that cannot be.
void expect_files(const Options& options);

/// Throws a usage error where something stands in the way of the folder, or of files at `paths` in
/// it, that may not be replaced.
void expect_free_folder(const Options& options, const std::vector<std::string>& paths);

/// **Collective.** Writes plausible columns in the 3D-correction layout as NetCDF-4 files,
/// contiguous and not deflated; the columns are shared out over the files, and each file's over the
/// ranks. Column k of the set is the same on any number of ranks and files. Makes the folder.
/// Throws usage and storage errors on all ranks.
void make_files(const mpi::Communicator& comm, const Options& options,
                const base::ProgressSink& progress);

}  // namespace colonnade::synth
