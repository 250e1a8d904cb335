#include <colonnade/base/error.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace colonnade::data {

using mpi::Range;

struct RawReader::State {
  mpi::Communicator comm;
  const RawSet& set;
  MissingPolicy missing;
  std::size_t open_file = 0;
  std::unique_ptr<io::RowSource> source;
  std::vector<float> staging;

  io::RowSource& source_of(std::size_t file) {
    if (!source || open_file != file) {
      source.reset();
      source = io::RowSource::open(comm, set.files[file].path);
      open_file = file;
    }
    return *source;
  }

  /// Deals with missing values of one variable in `staging`: rows of `width` values, the first
  /// being `column` of `file`.
  void treat_missing(std::size_t file, std::size_t variable, std::int64_t column,
                     std::int64_t first_row, std::vector<std::int64_t>* found);
};

namespace {

/// The value that NetCDF gives to what was never written.
constexpr float netcdf_default_fill = 9.9692099683868690e+36F;

bool is_missing(float value, float fill) {
  return !std::isfinite(value) || value == fill;
}

}  // namespace

void RawReader::State::treat_missing(std::size_t file, std::size_t variable, std::int64_t column,
                                     std::int64_t first_row, std::vector<std::int64_t>* found) {
  const auto& raw = set.files[file];
  const auto declared = static_cast<float>(raw.fill_values[variable]);
  const float fill = std::isnan(declared) ? netcdf_default_fill : declared;
  const auto width = static_cast<std::size_t>(set.variables[variable].width());
  for (std::size_t i = 0; i < staging.size(); ++i) {
    if (!is_missing(staging[i], fill)) continue;
    const auto row = static_cast<std::int64_t>(i / width);
    if (missing.kind == MissingPolicy::Kind::fill) {
      staging[i] = missing.fill;
    } else if (missing.kind == MissingPolicy::Kind::keep) {
      staging[i] = std::numeric_limits<float>::quiet_NaN();
    } else if (missing.kind == MissingPolicy::Kind::drop) {
      if (found != nullptr) found->push_back(first_row + row);
    } else {
      throw base::Error(base::ErrorKind::data, "missing value",
                        {.file = raw.path,
                         .variable = set.variables[variable].name,
                         .column = column + row,
                         .value = fmt::format("{}", staging[i]),
                         .hint = "use --missing drop or --missing fill=VALUE"});
    }
  }
}

RawReader::RawReader(const mpi::Communicator& comm, const RawSet& set, MissingPolicy missing)
    : state_(new State{comm, set, missing, 0, nullptr, {}}) {}

RawReader::~RawReader() = default;

void RawReader::read(Range columns, std::span<float> rows, std::vector<std::int64_t>* missing) {
  auto& state = *state_;
  const auto& set = state.set;
  const std::int64_t width = set.width();
  base::expects(static_cast<std::int64_t>(rows.size()) == columns.size() * width,
                "the buffer holds exactly the rows");
  // All ranks open the files that any of them reads.
  const std::int64_t first = state.comm.min(columns.empty() ? set.columns() : columns.begin);
  const std::int64_t last = state.comm.max(columns.empty() ? 0 : columns.end);
  std::int64_t file_begin = 0;
  for (std::size_t file = 0; file < set.files.size(); ++file) {
    const Range whole{file_begin, file_begin + set.files[file].columns};
    file_begin = whole.end;
    if (mpi::intersection(whole, {first, last}).empty()) continue;
    auto& source = state.source_of(file);
    const Range mine = mpi::intersection(whole, columns);
    const Range local{mine.begin - whole.begin, mine.end - whole.begin};
    const std::int64_t first_row = mine.begin - columns.begin;
    std::int64_t place = 0;
    for (std::size_t v = 0; v < set.variables.size(); ++v) {
      const std::int64_t values = set.variables[v].width();
      state.staging.resize(static_cast<std::size_t>(mine.size() * values));
      source.read_rows(set.variables[v].name, local, state.staging);
      mpi::agreed(state.comm, "read",
                  [&] { state.treat_missing(file, v, local.begin, first_row, missing); });
      for (std::int64_t row = 0; row < mine.size(); ++row)
        std::memcpy(rows.data() + (first_row + row) * width + place,
                    state.staging.data() + row * values,
                    static_cast<std::size_t>(values) * sizeof(float));
      place += values;
    }
  }
}

void gather_row(const ArrayRecipe& array, std::span<const float> raw, std::span<float> row) {
  for (std::size_t j = 0; j < row.size(); ++j) {
    const std::int64_t place = array.places[j];
    row[j] = place < 0 ? 0.0F : raw[static_cast<std::size_t>(place)];
  }
}

}  // namespace colonnade::data
