#pragma once

#include <colonnade/io/netcdf_writer.hpp>
#include <colonnade/synth/files.hpp>

#include <functional>
#include <string>
#include <vector>

namespace colonnade::synth {

/// A file of made data: its name, and what writes it, a function of the seed alone.
struct KindFile {
  std::string name;
  std::function<void(io::NetcdfWriter&)> write;
};

/// Made data of one kind, of which the truth is known, in the layout of a product that users know.
struct Kind {
  std::string name;
  std::string title;         ///< of the files
  std::int64_t columns = 0;  ///< Options::columns, where the user says nothing
  std::int64_t files = 0;    ///< likewise
  /// The files for these options. Throws usage errors.
  std::vector<KindFile> (*plan)(const Options& options) = nullptr;
};

/// The kinds beside the columns of make_files. `fire`: a scan of `columns` pixels, `files`
/// times a day. `chips`: `columns` chips in `files` files. `landcover`: scenes of `columns` pixels
/// at `files` places. `climsim`: `files` time steps of `columns` columns.
const std::vector<Kind>& all_kinds();

/// Paths of the files that make_kind_files writes. Throws usage errors.
std::vector<std::string> kind_paths(const Kind& kind, const Options& options);

/// **Collective.** Writes the files of a kind, each whole by one rank, with the same bytes on any
/// number of ranks. Makes the folder. Throws usage and storage errors on all ranks.
void make_kind_files(const mpi::Communicator& comm, const Kind& kind, const Options& options,
                     const base::ProgressSink& progress);

}  // namespace colonnade::synth
