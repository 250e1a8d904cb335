#include "synth/folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/synth/column.hpp>
#include <colonnade/synth/files.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>

namespace colonnade::synth {

namespace fs = std::filesystem;
using io::Hdf5File;
using mpi::Range;

namespace {

/// Columns that a rank makes between two writes.
constexpr std::int64_t batch_columns = 1024;

std::size_t width_of(const data::ReferenceVariable& variable) {
  std::size_t width = 1;
  for (const auto length : variable.shape) width *= length;
  return width;
}

void create_file(const std::string& path, std::int64_t columns, const Options& options) {
  base::fault_site(base::FaultSite::create, path);
  Hdf5File file = Hdf5File::create(path);
  for (const auto& variable : data::reference_variables()) {
    std::vector<io::Dimension> dimensions{{"column", columns}};
    for (std::size_t i = 0; i < variable.shape.size(); ++i)
      dimensions.push_back(
          {variable.dimension_names[i], static_cast<std::int64_t>(variable.shape[i])});
    file.create_dataset<float>(variable.name, dimensions);
    file.set_attribute(variable.name, "long_name", variable.long_name);
    file.set_attribute(variable.name, "units", variable.units);
    if (variable.feature_names.empty()) continue;
    file.set_attribute(variable.name, "variable_names",
                       fmt::format("{}", fmt::join(variable.feature_names, ",")));
    file.set_attribute(variable.name, "variable_units",
                       fmt::format("{}", fmt::join(variable.feature_units, ",")));
  }
  file.set_attribute("", "title", "synthetic columns in the 3D-correction layout");
  file.set_attribute("", "Conventions", "CF-1.8");
  const auto seed = static_cast<std::int64_t>(options.seed);
  file.set_attribute("", "seed", std::span(&seed, 1));
  for (const auto& [name, text] : options.provenance) file.set_attribute("", name, text);
  file.close();
  io::reserve_bytes(path,
                    static_cast<std::uint64_t>(raw_bytes(columns)) + (std::uint64_t{64} << 10));
}

/// Memory for a batch of columns, one buffer a variable.
class Batch {
 public:
  Batch() {
    for (const auto& variable : data::reference_variables()) {
      widths_.push_back(width_of(variable));
      buffers_.emplace_back(widths_.back() * static_cast<std::size_t>(batch_columns));
    }
  }
  void make(std::uint64_t seed, std::int64_t first_column, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto slice = [&](std::size_t v) {
        return std::span(buffers_[v]).subspan(static_cast<std::size_t>(i) * widths_[v], widths_[v]);
      };
      make_column(seed, static_cast<std::uint64_t>(first_column + i),
                  {slice(0), slice(1), slice(2), slice(3), slice(4), slice(5), slice(6), slice(7)});
    }
  }
  [[nodiscard]] std::span<const float> rows(std::size_t variable, std::int64_t count) const {
    return std::span(buffers_[variable]).first(static_cast<std::size_t>(count) * widths_[variable]);
  }

 private:
  std::vector<std::size_t> widths_;
  std::vector<std::vector<float>> buffers_;
};

/// Writes the columns `whole` of the set into one file, each rank its share.
void fill_file(const mpi::Communicator& comm, const std::string& path, Range whole,
               const Options& options, Batch& batch, const base::ProgressSink& progress) {
  Hdf5File file = Hdf5File::open_collective(comm, path, Hdf5File::Access::write);
  const Range mine = mpi::share(whole.size(), comm.size(), comm.rank());
  const std::int64_t rounds =
      mpi::pieces(mpi::share(whole.size(), comm.size(), 0).size(), batch_columns);
  for (std::int64_t round = 0; round < rounds; ++round) {
    const Range part = mpi::intersection(
        mine, {mine.begin + round * batch_columns, mine.begin + (round + 1) * batch_columns});
    base::fault_site(base::FaultSite::synth, path);
    batch.make(options.seed, whole.begin + part.begin, part.size());
    for (std::size_t v = 0; v < data::reference_variables().size(); ++v)
      file.write_rows(data::reference_variables()[v].name, part, batch.rows(v, part.size()));
    progress("synth",
             whole.begin + std::min(whole.size(), (round + 1) * batch_columns * comm.size()),
             options.columns);
  }
  file.close();
}

}  // namespace

std::vector<std::string> file_paths(const Options& options) {
  std::vector<std::string> paths;
  for (std::int64_t file = 0; file < options.files; ++file)
    paths.push_back(
        (fs::path(options.folder) / fmt::format("3dcorrection_{:03}.nc", file)).string());
  return paths;
}

std::int64_t raw_bytes(std::int64_t columns) {
  std::size_t values = 0;
  for (const auto& variable : data::reference_variables()) values += width_of(variable);
  return columns * static_cast<std::int64_t>(values * sizeof(float));
}

void expect_files(const Options& options) {
  constexpr std::int64_t most_files = 100000;
  if (options.columns < options.files)
    throw base::Error(base::ErrorKind::usage, "fewer columns than files",
                      {.value = fmt::format("{} and {}", options.columns, options.files),
                       .hint = "use a smaller --files"});
  if (options.files > most_files ||
      options.columns > std::numeric_limits<std::int64_t>::max() / raw_bytes(1))
    throw base::Error(
        base::ErrorKind::usage, "too many columns or files",
        {.value = fmt::format("{} columns in {} files", options.columns, options.files),
         .hint = fmt::format("at most {} files", most_files)});
}

void make_files(const mpi::Communicator& comm, const Options& options,
                const base::ProgressSink& progress) {
  mpi::agreed(comm, "output", [&] { expect_files(options); });
  const auto paths = file_paths(options);
  mpi::agreed_on_root(comm, "output", [&] { make_folder(options, paths); });
  Batch batch;
  for (std::size_t f = 0; f < paths.size(); ++f) {
    const Range whole = mpi::share(options.columns, options.files, static_cast<std::int64_t>(f));
    io::OutputPath output(comm, paths[f], options.force);
    mpi::agreed_on_root(comm, "create",
                        [&] { create_file(output.temporary(), whole.size(), options); });
    fill_file(comm, output.temporary(), whole, options, batch, progress);
    output.commit();
  }
}

}  // namespace colonnade::synth
