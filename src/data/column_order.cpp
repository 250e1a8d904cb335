#include <colonnade/base/error.hpp>
#include <colonnade/data/column_order.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::data {

ColumnOrder::ColumnOrder(std::int64_t raw_columns, std::vector<std::int64_t> dropped,
                         std::optional<std::uint64_t> shuffle_seed)
    : dropped_(std::move(dropped)),
      columns_(raw_columns - static_cast<std::int64_t>(dropped_.size())) {
  if (shuffle_seed && columns_ > 0) shuffle_.emplace(columns_, *shuffle_seed, 0);
}

std::optional<std::int64_t> ColumnOrder::position(std::int64_t raw_column) const {
  const auto next = std::lower_bound(dropped_.begin(), dropped_.end(), raw_column);
  if (next != dropped_.end() && *next == raw_column) return std::nullopt;
  const std::int64_t left = raw_column - (next - dropped_.begin());
  return shuffle_ ? (*shuffle_)(left) : left;
}

std::vector<Split> splits_of(std::int64_t columns, const std::array<double, 3>& fractions) {
  const double sum = fractions[0] + fractions[1] + fractions[2];
  const bool negative =
      std::any_of(fractions.begin(), fractions.end(), [](double f) { return !(f >= 0.0); });
  if (negative || std::abs(sum - 1.0) > 1e-9)
    throw base::Error(base::ErrorKind::usage, "--split wants three fractions that sum to 1",
                      {.value = fmt::format("{},{},{}", fractions[0], fractions[1], fractions[2]),
                       .hint = "train, validation, test, as in 0.8,0.1,0.1"});
  const auto count = static_cast<double>(columns);
  const std::int64_t train = std::llround(fractions[0] * count);
  const std::int64_t validation = std::llround((fractions[0] + fractions[1]) * count);
  return {
      {"train", {0, train}}, {"validation", {train, validation}}, {"test", {validation, columns}}};
}

}  // namespace colonnade::data
