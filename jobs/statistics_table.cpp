#include "statistics_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace colonnade::jobs {

using data::Feature;
using data::Statistics;

namespace {

/// A line of the table: one feature, or all features of a variable together.
struct Line {
  std::string name;
  std::string units;
  std::int64_t features = 0, constant = 0, missing = 0;
  double count = 0.0, sum = 0.0, squares = 0.0, low = 0.0, high = 0.0;

  void add(const Statistics& statistics, std::size_t i, std::int64_t columns) {
    const auto number = static_cast<double>(statistics.count[i]);
    low = features == 0 ? statistics.min[i] : std::min(low, statistics.min[i]);
    high = features == 0 ? statistics.max[i] : std::max(high, statistics.max[i]);
    ++features;
    constant += statistics.min[i] == statistics.max[i] ? 1 : 0;
    missing += columns - statistics.count[i];
    count += number;
    sum += number * statistics.mean[i];
    squares +=
        number * (statistics.std[i] * statistics.std[i] + statistics.mean[i] * statistics.mean[i]);
  }
};

std::vector<Line> lines_of(const std::vector<Feature>& features, const Statistics& statistics,
                           std::int64_t columns, bool each) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto& key = each ? features[i].name : features[i].variable;
    const auto [place, is_new] = places.try_emplace(key, lines.size());
    if (is_new) lines.push_back({.name = key, .units = features[i].units});
    lines[place->second].add(statistics, i, columns);
  }
  return lines;
}

}  // namespace

void print_statistics(const std::vector<Feature>& features, const Statistics& statistics,
                      std::int64_t columns, bool each) {
  fmt::print("{:<26} {:<10} {:>8} {:>8} {:>8} {:>12} {:>12} {:>12} {:>12}\n",
             each ? "feature" : "variable", "units", "features", "constant", "missing", "minimum",
             "mean", "std", "maximum");
  for (const auto& line : lines_of(features, statistics, columns, each)) {
    const double mean = line.count > 0.0 ? line.sum / line.count : 0.0;
    const double variance = line.count > 0.0 ? line.squares / line.count - mean * mean : 0.0;
    fmt::print("{:<26} {:<10} {:>8} {:>8} {:>8} {:>12.5g} {:>12.5g} {:>12.5g} {:>12.5g}\n",
               line.name, line.units, line.features, line.constant, line.missing, line.low, mean,
               std::sqrt(std::max(variance, 0.0)), line.high);
  }
}

void print_constants(const std::vector<Feature>& features, const Statistics& statistics) {
  std::vector<std::size_t> constant;
  for (std::size_t i = 0; i < features.size(); ++i)
    if (statistics.min[i] == statistics.max[i]) constant.push_back(i);
  if (constant.empty()) return;
  fmt::print("\n{} features never change: {}\n", constant.size(),
             fmt::join(data::compact_names(features, constant), " "));
}

}  // namespace colonnade::jobs
