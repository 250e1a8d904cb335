#include "data/stored_values.hpp"
#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/scene_rank.hpp>
#include <colonnade/io/box_source.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/partition.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

SceneRank SceneRank::parse(const std::string& text) {
  SceneRank rank;
  rank.variable_ = trimmed(text);
  constexpr std::string_view head = "percent(";
  rank.is_percent_ = rank.variable_.starts_with(head) && rank.variable_.ends_with(')');
  bool is_good = true;
  if (rank.is_percent_) {
    const auto inside = rank.variable_.substr(head.size(), rank.variable_.size() - head.size() - 1);
    const auto equals = inside.find('=');
    rank.variable_ = trimmed(inside.substr(0, equals));
    if (equals != std::string::npos)
      for (const auto& word : parts_of(inside.substr(equals + 1), ",")) {
        const auto value = number_of(trimmed(word));
        is_good = is_good && value;
        rank.values_.push_back(static_cast<float>(value.value_or(0.0)));
      }
  }
  if (!is_good || rank.variable_.empty() ||
      rank.variable_.find_first_of("()=, ") != std::string::npos)
    throw Error(ErrorKind::usage, "--rank-by takes a variable or a percentage of one",
                {.value = text,
                 .hint = "as in cloud_cover, percent(cloud_mask) or percent(cloud_mask=1,3)"});
  return rank;
}

namespace {

/// Calls `take` with all values of a variable, as they are stored, in parts of some megabytes.
void each_part(const std::string& path, const io::VariableInfo& info,
               const std::function<void(std::span<double>)>& take) {
  constexpr std::int64_t part_values = std::int64_t{1} << 22;
  const auto source = io::BoxSource::open(path);
  auto begin = std::vector<std::int64_t>(info.shape.size(), 0);
  auto count = info.shape;
  const std::int64_t rows = count.empty() ? 1 : count.front();
  const std::int64_t width = count.empty() ? 1
                                           : std::accumulate(count.begin() + 1, count.end(),
                                                             std::int64_t{1}, std::multiplies<>());
  const std::int64_t step =
      std::max<std::int64_t>(1, part_values / std::max<std::int64_t>(1, width));
  std::vector<double> values;
  for (std::int64_t row = 0; row < rows && width > 0; row += step) {
    const std::int64_t part = std::min(step, rows - row);
    if (!count.empty()) {
      begin.front() = row;
      count.front() = part;
    }
    values.resize(static_cast<std::size_t>(part * width));
    source->read_box(info.name, begin, count, values);
    take(values);
    mpi::tick();
  }
}

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

double single_value(const io::FileInfo& file, const io::VariableInfo& info) {
  const bool is_single = std::all_of(info.shape.begin(), info.shape.end(),
                                     [](std::int64_t length) { return length == 1; });
  if (!is_single)
    throw Error(ErrorKind::usage, "scenes are ranked by a variable of one value",
                {.file = file.path,
                 .variable = info.name,
                 .value = fmt::format("({})", fmt::join(info.shape, ", ")),
                 .hint = fmt::format("use --rank-by \"percent({})\" for a mask", info.name)});
  const StoredValues form(stored_form(file, info));
  double rank = missing;
  each_part(file.path, info, [&](std::span<double> values) {
    form.decode(values);
    rank = values.front();
  });
  return rank;
}

double percentage(const io::FileInfo& file, const io::VariableInfo& info,
                  const std::vector<float>& set_values) {
  const StoredValues form(stored_form(file, info));
  std::int64_t valid = 0, set = 0;
  each_part(file.path, info, [&](std::span<double> values) {
    form.decode(values);
    for (const double value : values) {
      if (std::isnan(value)) continue;
      ++valid;
      const bool is_set = set_values.empty()
                              ? value != 0.0
                              : std::find(set_values.begin(), set_values.end(),
                                          static_cast<float>(value)) != set_values.end();
      set += is_set ? 1 : 0;
    }
  });
  return valid == 0 ? missing : 100.0 * static_cast<double>(set) / static_cast<double>(valid);
}

}  // namespace

std::optional<double> SceneRank::of(const std::string& path) const {
  const auto file = io::describe(path);
  const auto* info = file.find(variable_);
  if (info == nullptr) {
    const auto found = file.number_attributes.find(variable_);
    if (is_percent_ || found == file.number_attributes.end() || found->second.size() != 1)
      return std::nullopt;
    return found->second.front();
  }
  if (info->type != io::VariableInfo::Type::number)
    throw Error(ErrorKind::data, "not a numeric variable",
                {.file = path, .variable = info->name, .value = info->type_name});
  return is_percent_ ? percentage(file, *info, values_) : single_value(file, *info);
}

std::vector<std::optional<double>> ranks_of(const mpi::Communicator& comm, const SceneRank& rank,
                                            const std::vector<std::string>& paths) {
  const auto size = static_cast<std::size_t>(comm.size());
  std::vector<double> values;
  std::vector<std::int64_t> held;
  mpi::agreed(comm, "rank scenes", [&] {
    for (auto i = static_cast<std::size_t>(comm.rank()); i < paths.size(); i += size) {
      const auto value = rank.of(paths[i]);
      values.push_back(value.value_or(missing));
      held.push_back(value ? 1 : 0);
      mpi::tick();
    }
  });
  const auto all = comm.concatenate(std::span<const double>(values));
  const auto all_held = comm.concatenate(std::span<const std::int64_t>(held));
  std::vector<std::optional<double>> ranks(paths.size());
  std::size_t next = 0;
  for (std::size_t r = 0; r < size; ++r)
    for (std::size_t i = r; i < paths.size(); i += size, ++next)
      if (all_held[next] != 0) ranks[i] = all[next];
  return ranks;
}

}  // namespace colonnade::data
