#include <colonnade/report/input_summary.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace colonnade::report {

namespace {

constexpr std::int64_t most_columns = 65536, columns_at_once = 1024;
constexpr std::size_t bins = 64;

/// Mean and squared deviations of values that come one by one (Welford, 1962).
struct RunningMoments {
  double count = 0.0, mean = 0.0, squares = 0.0;
  double low = std::numeric_limits<double>::infinity(), high = -low;

  void add(double value) {
    count += 1.0;
    const double from_mean = value - mean;
    mean += from_mean / count;
    squares += from_mean * (value - mean);
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// Calls work(rows) with physical rows of the inputs, a piece at a time, on the root.
void for_each_piece(const mpi::Communicator& comm, const data::PreparedFile& file,
                    std::int64_t columns, const std::function<void(std::span<const float>)>& work) {
  const auto& encoding = file.recipe().array("x").encoding;
  std::vector<float> rows;
  for (std::int64_t begin = 0; begin < columns; begin += columns_at_once) {
    const std::int64_t end = std::min(columns, begin + columns_at_once);
    const mpi::Range piece = comm.is_root() ? mpi::Range{begin, end} : mpi::Range{begin, begin};
    rows.resize(static_cast<std::size_t>(piece.size()) * encoding.width());
    file.read_rows("x", mpi::shifted(piece, file.split("train").begin), rows);
    encoding.decode_rows(rows);
    work(rows);
  }
}

void count(VariableSummary& variable, double value) {
  const double width = variable.high - variable.low;
  const double place = width > 0.0 ? (value - variable.low) / width : 0.0;
  const auto bin = static_cast<std::size_t>(place * static_cast<double>(bins));
  variable.counts[std::min(bin, bins - 1)] += 1.0;
}

/// The variables in the order in which they come, without their numbers yet.
struct Variables {
  std::vector<VariableSummary> all;
  std::vector<std::size_t>
      number;  ///< of each feature's variable: levels of several may take turns
};

Variables variables_of(const std::vector<data::Feature>& features) {
  Variables variables;
  auto& all = variables.all;
  for (const auto& feature : features) {
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& variable) {
      return variable.name == feature.variable;
    });
    variables.number.push_back(static_cast<std::size_t>(at - all.begin()));
    if (at != all.end()) continue;
    VariableSummary& variable = all.emplace_back();
    variable.name = feature.variable;
    variable.units = feature.units;
    variable.low = std::numeric_limits<double>::infinity();
    variable.high = -variable.low;
    variable.counts.assign(bins, 0.0);
  }
  return variables;
}

}  // namespace

InputSummary summarise_inputs(const mpi::Communicator& comm, const data::PreparedFile& file) {
  const auto& features = file.recipe().array("x").encoding.features;
  const std::size_t width = features.size();
  InputSummary summary{.data = file.path(), .variables = {}};
  summary.columns = std::min(file.split("train").size(), most_columns);
  std::vector<RunningMoments> moments(width);
  for_each_piece(comm, file, summary.columns, [&](std::span<const float> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) moments[i % width].add(rows[i]);
  });
  Variables variables = variables_of(features);
  for (std::size_t f = 0; f < width; ++f) {
    VariableSummary& variable = variables.all[variables.number[f]];
    variable.levels.push_back(features[f].level);
    variable.mean.push_back(moments[f].mean);
    variable.std.push_back(std::sqrt(moments[f].squares / moments[f].count));
    variable.low = std::min(variable.low, moments[f].low);
    variable.high = std::max(variable.high, moments[f].high);
  }
  for_each_piece(comm, file, summary.columns, [&](std::span<const float> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      count(variables.all[variables.number[i % width]], rows[i]);
  });
  summary.variables = std::move(variables.all);
  return summary;
}

}  // namespace colonnade::report
