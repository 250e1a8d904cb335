#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/base/vectors.hpp>
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

  /// Finds missing values of one variable in `staging`, rows of `width` values, the first being
  /// `column` of `file`, and makes them NaN.
  void treat_missing(std::size_t file, std::size_t variable, std::int64_t column,
                     std::int64_t first_row, std::vector<std::int64_t>* found);
  /// Makes the values of what is stored in `staging`, and fills in for what is missing.
  void unpack_numbers(const StoredForm& form);
};

namespace {

/// The value that NetCDF gives to what was never written.
constexpr float netcdf_default_fill = 9.9692099683868690e+36F;

/// Numbers as they are compared with what was read as float.
float as_float(double number) {
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(std::isnan(number) ? number : std::clamp(number, -most, most));
}

/// What marks a stored number as missing; not being finite does, too.
struct Marks {
  std::vector<float> missing;
  float least, most;

  explicit Marks(const StoredForm& form) : least(as_float(form.least)), most(as_float(form.most)) {
    for (const double mark : form.missing) missing.push_back(as_float(mark));
    if (missing.empty()) missing.push_back(netcdf_default_fill);
  }

  [[nodiscard]] bool operator()(float value) const {
    return !(value >= least && value <= most) ||
           std::find(missing.begin(), missing.end(), value) != missing.end();
  }
  [[nodiscard]] bool in_any_of(std::span<const float> values) const;
};

/// Without a branch, so that it runs at the speed of memory: nearly all data have none.
COLONNADE_VECTOR_WIDTHS bool any_outside(std::span<const float> values, float least, float most) {
  int found = 0;
  for (const float value : values)
    found |= static_cast<int>(!(value >= least)) | static_cast<int>(!(value <= most));
  return found != 0;
}

COLONNADE_VECTOR_WIDTHS bool any_equal(std::span<const float> values, float mark) {
  int found = 0;
  for (const float value : values) found |= static_cast<int>(value == mark);
  return found != 0;
}

bool Marks::in_any_of(std::span<const float> values) const {
  return any_outside(values, least, most) ||
         std::any_of(missing.begin(), missing.end(),
                     [&](float mark) { return any_equal(values, mark); });
}

COLONNADE_VECTOR_WIDTHS void unpack(std::span<float> values, double scale, double offset) {
  for (float& value : values)
    value = static_cast<float>(static_cast<double>(value) * scale + offset);
}

void copy_run(const float* raw, std::int64_t place, std::size_t count, float* row) {
  if (place < 0)
    *row = 0.0F;
  else
    std::memcpy(row, raw + place, count * sizeof(float));
}

}  // namespace

void RawReader::State::treat_missing(std::size_t file, std::size_t variable, std::int64_t column,
                                     std::int64_t first_row, std::vector<std::int64_t>* found) {
  const auto& raw = set.files[file];
  const Marks is_missing(raw.forms[variable]);
  if (!is_missing.in_any_of(staging)) return;
  const auto width = static_cast<std::size_t>(set.variables[variable].width());
  for (std::size_t i = 0; i < staging.size(); ++i) {
    if (!is_missing(staging[i])) continue;
    const auto row = static_cast<std::int64_t>(i / width);
    if (missing.kind == MissingPolicy::Kind::fail)
      throw base::Error(base::ErrorKind::data, "missing value",
                        {.file = raw.path,
                         .variable = set.variables[variable].name,
                         .column = column + row,
                         .value = fmt::format("{}", staging[i]),
                         .hint = missing.hint});
    if (missing.kind == MissingPolicy::Kind::drop && found != nullptr)
      found->push_back(first_row + row);
    staging[i] = std::numeric_limits<float>::quiet_NaN();
  }
}

void RawReader::State::unpack_numbers(const StoredForm& form) {
  if (form.scale != 1.0 || form.offset != 0.0) unpack(staging, form.scale, form.offset);
  if (missing.kind == MissingPolicy::Kind::fill)
    std::replace_if(
        staging.begin(), staging.end(), [](float value) { return std::isnan(value); },
        missing.fill);
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
      mpi::agreed(state.comm, "check for missing values", [&] {
        base::fault_site(base::FaultSite::missing, set.files[file].path);
        state.treat_missing(file, v, local.begin, first_row, missing);
        state.unpack_numbers(set.files[file].forms[v]);
      });
      for (std::int64_t row = 0; row < mine.size(); ++row)
        std::memcpy(rows.data() + (first_row + row) * width + place,
                    state.staging.data() + row * values,
                    static_cast<std::size_t>(values) * sizeof(float));
      place += values;
    }
  }
}

void gather_rows(const ArrayRecipe& array, std::span<const float> raw, std::size_t raw_width,
                 std::span<float> rows) {
  const auto& places = array.places;
  const std::size_t width = places.size(), count = raw.size() / raw_width;
  base::expects(count * width == rows.size(), "as many rows as raw rows");
  std::vector<std::size_t> runs;  // where places stop to follow one another
  for (std::size_t j = 0; j < width; ++j)
    if (j == 0 || places[j] < 0 || places[j] != places[j - 1] + 1) runs.push_back(j);
  const bool long_runs = runs.size() * 8 < width;
  runs.push_back(width);
  for (std::size_t r = 0; r < count; ++r) {
    const float* const from = raw.data() + r * raw_width;
    float* const to = rows.data() + r * width;
    if (long_runs)
      for (std::size_t k = 0; k + 1 < runs.size(); ++k)
        copy_run(from, places[runs[k]], runs[k + 1] - runs[k], to + runs[k]);
    else
      for (std::size_t j = 0; j < width; ++j) to[j] = places[j] < 0 ? 0.0F : from[places[j]];
  }
}

}  // namespace colonnade::data
