#pragma once

#include <colonnade/data/synth_files.hpp>
#include <colonnade/io/netcdf_writer.hpp>

#include <functional>
#include <string>
#include <vector>

namespace colonnade::data {

/// A file of made data: its name, and what writes it, a function of the seed alone.
struct SynthFile {
  std::string name;
  std::function<void(io::NetcdfWriter&)> write;
};

/// Made data of one kind, of which the truth is known, in the layout of a product that users know.
struct SynthKind {
  std::string name;
  std::string title;         ///< of the files
  std::int64_t columns = 0;  ///< SynthOptions::columns, where the user says nothing
  std::int64_t files = 0;    ///< likewise
  /// The files for these options. Throws usage errors.
  std::vector<SynthFile> (*plan)(const SynthOptions& options) = nullptr;
};

/// The kinds beside the columns of make_synth_files. `fire`: a scan of `columns` pixels, `files`
/// times a day. `chips`: `columns` chips in `files` files. `landcover`: scenes of `columns` pixels
/// at `files` places. `climsim`: `files` time steps of `columns` columns.
const std::vector<SynthKind>& synth_kinds();

/// Paths of the files that make_kind_files writes. Throws usage errors.
std::vector<std::string> kind_paths(const SynthKind& kind, const SynthOptions& options);

/// **Collective.** Writes the files of a kind, each whole by one rank, with the same bytes on any
/// number of ranks. Makes the folder. Throws usage and storage errors on all ranks.
void make_kind_files(const mpi::Communicator& comm, const SynthKind& kind,
                     const SynthOptions& options, const base::ProgressSink& progress);

}  // namespace colonnade::data
