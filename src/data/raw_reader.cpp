#include "data/sample_reader.hpp"
#include "data/stored_values.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/io/plain_rows.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace colonnade::data {

using mpi::Range;

struct RawReader::State {
  mpi::Communicator comm;
  const RawSet& set;
  MissingPolicy missing;
  std::size_t open_file = std::numeric_limits<std::size_t>::max();
  std::vector<std::optional<io::PlainRows>> plain{};  ///< of each variable that is plain floats
  std::unique_ptr<io::RowSource> source{};            ///< for the others, once one is read
  std::vector<float> staging{};
  std::optional<SampleReader> samples{};  ///< of a described source

  void open(std::size_t file);
  void read_samples(Range columns, std::span<float> rows);
  void take_missing(std::size_t row, Range columns, std::span<float> values);

  /// Stored rows of a variable on their way: the first is `column` of the file, and goes to `row`
  /// of the rows wanted, from `place` on.
  struct Part {
    std::size_t file, variable;
    std::int64_t column, row, place;
  };
  void read(Part part, std::int64_t count, std::span<float> rows);
  void read_plain(Part part, std::int64_t count, std::span<float> rows);
  void take(const Part& part, std::span<float> rows);
  /// Finds missing values in `staging`, and makes them NaN.
  void treat_missing(const StoredValues& form, const Part& part);
};

namespace {

/// Values that are read, looked through and copied while they lie in the cache.
constexpr std::int64_t cached_values = std::int64_t{1} << 16;

}  // namespace

void RawReader::State::open(std::size_t file) {
  if (open_file == file) return;
  source.reset();
  plain.clear();
  plain.resize(set.variables.size());
  mpi::agreed(comm, "open", [&] {
    const auto& raw = set.files[file];
    base::fault_site(base::FaultSite::open, raw.path);
    const auto bytes =
        std::make_shared<const io::PlainFile>(raw.path, io::PlainFile::Order::ascending);
    for (std::size_t v = 0; v < plain.size(); ++v)
      if (raw.forms[v].floats.end > 0)
        plain[v].emplace(bytes, set.variables[v].name, std::vector{raw.forms[v].floats},
                         static_cast<std::uint64_t>(set.variables[v].width()) * sizeof(float));
  });
  open_file = file;
}

void RawReader::State::read(Part part, std::int64_t count, std::span<float> rows) {
  if (plain[part.variable]) {
    mpi::agreed(comm, "read", [&] { read_plain(part, count, rows); });
    return;
  }
  if (!source) source = io::RowSource::open(comm, set.files[part.file].path);
  staging.resize(static_cast<std::size_t>(count * set.variables[part.variable].width()));
  source->read_rows(set.variables[part.variable].name, {part.column, part.column + count}, staging);
  mpi::agreed(comm, "check for missing values", [&] { take(part, rows); });
}

void RawReader::State::read_plain(Part part, std::int64_t count, std::span<float> rows) {
  const std::int64_t width = set.variables[part.variable].width();
  const std::int64_t at_once = std::max<std::int64_t>(1, cached_values / width);
  for (const std::int64_t end = part.column + count; part.column < end;) {
    const Range columns{part.column, std::min(end, part.column + at_once)};
    staging.resize(static_cast<std::size_t>(columns.size() * width));
    plain[part.variable]->read(columns, std::as_writable_bytes(std::span(staging)));
    take(part, rows);
    part.column += columns.size();
    part.row += columns.size();
  }
}

void RawReader::State::take(const Part& part, std::span<float> rows) {
  base::fault_site(base::FaultSite::missing, set.files[part.file].path);
  const StoredValues form(set.files[part.file].forms[part.variable]);
  form.unwrap(staging);
  treat_missing(form, part);
  form.unpack(staging);
  if (missing.kind == MissingPolicy::Kind::fill && !set.variables[part.variable].keeps_missing)
    std::replace_if(
        staging.begin(), staging.end(), [](float value) { return std::isnan(value); },
        missing.fill);
  const auto width = static_cast<std::size_t>(set.variables[part.variable].width());
  const auto row_width = static_cast<std::size_t>(set.width());
  float* to = rows.data() + static_cast<std::size_t>(part.row) * row_width + part.place;
  for (std::size_t i = 0; i < staging.size(); i += width, to += row_width)
    std::memcpy(to, staging.data() + i, width * sizeof(float));
}

void RawReader::State::treat_missing(const StoredValues& form, const Part& part) {
  const auto& raw = set.files[part.file];
  const auto& variable = set.variables[part.variable];
  if (!form.any_missing(staging)) return;
  const auto width = static_cast<std::size_t>(variable.width());
  for (std::size_t i = 0; i < staging.size(); ++i) {
    if (!form.is_missing(staging[i])) continue;
    const auto row = static_cast<std::int64_t>(i / width);
    if (missing.kind == MissingPolicy::Kind::fail && !variable.keeps_missing)
      throw base::Error(base::ErrorKind::data, "missing value",
                        {.file = raw.path,
                         .variable = variable.name,
                         .column = part.column + row,
                         .value = fmt::format("{}", staging[i]),
                         .hint = missing.hint});
    staging[i] = std::numeric_limits<float>::quiet_NaN();
  }
}

void RawReader::State::read_samples(Range columns, std::span<float> rows) {
  samples->read(columns, rows);
  const auto width = static_cast<std::size_t>(set.width());
  const auto is_nan = [](float value) { return std::isnan(value); };
  for (std::size_t row = 0; row < static_cast<std::size_t>(columns.size()); ++row) {
    const auto values = rows.subspan(row * width, width);
    if (std::any_of(values.begin(), values.end(), is_nan)) take_missing(row, columns, values);
  }
}

/// Treats a sample that has missing values, which are NaN.
void RawReader::State::take_missing(std::size_t row, Range columns, std::span<float> values) {
  std::size_t place = 0;
  for (std::size_t v = 0; v < set.variables.size(); ++v)
    for (std::int64_t i = 0; i < set.variables[v].width(); ++i, ++place) {
      if (set.variables[v].keeps_missing || !std::isnan(values[place])) continue;
      const std::int64_t sample = columns.begin + static_cast<std::int64_t>(row);
      if (missing.kind == MissingPolicy::Kind::fail)
        throw base::Error(base::ErrorKind::data, "missing value",
                          {.file = set.place_of(sample, v).file,
                           .variable = set.variables[v].name,
                           .column = sample,
                           .value = "nan",
                           .hint = missing.hint});
      if (missing.kind == MissingPolicy::Kind::fill) values[place] = missing.fill;
    }
}

RawReader::RawReader(const mpi::Communicator& comm, const RawSet& set, MissingPolicy missing)
    : state_(new State{comm, set, missing}) {
  if (set.sampling) state_->samples.emplace(set);
}

RawReader::~RawReader() = default;

void RawReader::read(Range columns, std::span<float> rows) {
  auto& state = *state_;
  const auto& set = state.set;
  const std::int64_t width = set.width();
  base::expects(static_cast<std::int64_t>(rows.size()) == columns.size() * width,
                "the buffer holds exactly the rows");
  if (state.samples) {
    mpi::agreed(state.comm, "read", [&] { state.read_samples(columns, rows); });
    return;
  }
  // All ranks open the files that any of them reads.
  const std::int64_t first = state.comm.min(columns.empty() ? set.columns() : columns.begin);
  const std::int64_t last = state.comm.max(columns.empty() ? 0 : columns.end);
  std::int64_t file_begin = 0;
  for (std::size_t file = 0; file < set.files.size(); ++file) {
    const Range whole{file_begin, file_begin + set.files[file].columns};
    file_begin = whole.end;
    if (mpi::intersection(whole, {first, last}).empty()) continue;
    state.open(file);
    const Range mine = mpi::intersection(whole, columns);
    State::Part part{.file = file,
                     .variable = 0,
                     .column = mine.begin - whole.begin,
                     .row = mine.begin - columns.begin,
                     .place = 0};
    for (; part.variable < set.variables.size(); ++part.variable) {
      state.read(part, mine.size(), rows);
      part.place += set.variables[part.variable].width();
    }
  }
}

void RawReader::call_for(Range columns) const {
  const auto& set = state_->set;
  std::int64_t file_begin = 0;
  for (std::size_t file = 0; file < set.files.size(); file_begin += set.files[file++].columns) {
    if (file != state_->open_file) continue;
    const Range mine =
        mpi::intersection({0, set.files[file].columns}, mpi::shifted(columns, -file_begin));
    for (const auto& rows : state_->plain)
      if (rows) rows->call_for(mine);
  }
}

}  // namespace colonnade::data
