#include <colonnade/base/hash.hpp>
#include <colonnade/data/column_hash.hpp>

#include <fmt/format.h>

#include <array>

namespace colonnade::data {

std::uint64_t row_hash(std::size_t array, std::int64_t position, std::int64_t source,
                       std::span<const float> row) {
  const std::array<std::int64_t, 3> label{static_cast<std::int64_t>(array), position, source};
  return base::hash_values(row, base::hash_values<std::int64_t>(label));
}

std::string content_hash(std::uint64_t sum_of_columns, const Recipe& recipe,
                         std::span<const Split> splits, const Groups& groups) {
  std::string text = base::hex(sum_of_columns) + recipe.text();
  for (const auto& split : splits)
    text += fmt::format(" {} {} {}", split.name, split.columns.begin, split.columns.end);
  if (!groups.empty()) {
    const auto begins = base::hash_values<std::int64_t>(groups.begins());
    text += fmt::format(" groups {} {}",
                        base::hex(base::hash_values<std::int64_t>(groups.ids(), begins)),
                        groups.columns());
  }
  return base::hex(base::hash_text(text));
}

}  // namespace colonnade::data
