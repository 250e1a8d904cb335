#include <colonnade/base/error.hpp>
#include <colonnade/data/column_order.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::data {

namespace {

constexpr std::array split_names{"train", "validation", "test"};

}  // namespace

ColumnOrder::ColumnOrder(std::int64_t raw_columns, std::vector<std::int64_t> dropped,
                         std::optional<std::uint64_t> shuffle_seed)
    : dropped_(std::move(dropped)),
      parts_{{{0, raw_columns - static_cast<std::int64_t>(dropped_.size())}}},
      runs_{{0, 0, 0}} {
  if (shuffle_seed && columns() > 0) parts_[0].shuffle.emplace(columns(), *shuffle_seed, 0);
}

ColumnOrder::ColumnOrder(const Groups& groups, std::span<const int> split_of_group,
                         std::vector<std::int64_t> dropped,
                         std::optional<std::uint64_t> shuffle_seed)
    : dropped_(std::move(dropped)), parts_(split_names.size()) {
  const auto& begins = groups.begins();
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const auto end = i + 1 < begins.size() ? begins[i + 1] : groups.columns();
    const auto part =
        static_cast<std::size_t>(split_of_group[static_cast<std::size_t>(groups.ids()[i])]);
    auto& size = parts_.at(part).columns.end;
    const std::int64_t before = begins[i] - dropped_before(begins[i]);
    runs_.push_back({begins[i], part, size - before});
    size += end - dropped_before(end) - before;
  }
  std::int64_t begin = 0;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const std::int64_t size = parts_[p].columns.end;
    if (shuffle_seed && size > 0) parts_[p].shuffle.emplace(size, *shuffle_seed, p + 1);
    parts_[p].columns = {begin, begin + size};
    begin += size;
  }
}

std::int64_t ColumnOrder::dropped_before(std::int64_t raw_column) const {
  return std::lower_bound(dropped_.begin(), dropped_.end(), raw_column) - dropped_.begin();
}

std::optional<std::int64_t> ColumnOrder::position(std::int64_t raw_column) const {
  const auto before = dropped_before(raw_column);
  if (static_cast<std::size_t>(before) < dropped_.size() &&
      dropped_[static_cast<std::size_t>(before)] == raw_column)
    return std::nullopt;
  const auto& run = *std::prev(
      std::upper_bound(runs_.begin(), runs_.end(), raw_column,
                       [](std::int64_t column, const Run& one) { return column < one.begin; }));
  const auto& part = parts_[run.part];
  const auto rank = raw_column - before + run.shift;
  return part.columns.begin + (part.shuffle ? (*part.shuffle)(rank) : rank);
}

std::vector<Split> ColumnOrder::splits() const {
  base::expects(parts_.size() == split_names.size(), "an order by groups has splits");
  std::vector<Split> splits;
  for (std::size_t p = 0; p < parts_.size(); ++p)
    splits.push_back({split_names[p], parts_[p].columns});
  return splits;
}

void expect_fractions(const std::array<double, 3>& fractions) {
  const double sum = fractions[0] + fractions[1] + fractions[2];
  const bool negative =
      std::any_of(fractions.begin(), fractions.end(), [](double f) { return !(f >= 0.0); });
  if (negative || std::abs(sum - 1.0) > 1e-9)
    throw base::Error(base::ErrorKind::usage, "--split wants three fractions that sum to 1",
                      {.value = fmt::format("{},{},{}", fractions[0], fractions[1], fractions[2]),
                       .hint = "train, validation, test, as in 0.8,0.1,0.1"});
}

std::vector<Split> splits_of(std::int64_t columns, const std::array<double, 3>& fractions) {
  expect_fractions(fractions);
  const auto count = static_cast<double>(columns);
  const std::int64_t train = std::llround(fractions[0] * count);
  const std::int64_t validation = std::llround((fractions[0] + fractions[1]) * count);
  return {
      {"train", {0, train}}, {"validation", {train, validation}}, {"test", {validation, columns}}};
}

}  // namespace colonnade::data
