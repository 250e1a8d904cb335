#include <colonnade/base/nearest.hpp>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace colonnade::base {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table for the prefixes of a of length i - 2, i - 1 and i.
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  const std::string* best = nullptr;
  std::size_t least = 0;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (best != nullptr && distance >= least) continue;
    best = &candidate;
    least = distance;
  }
  const bool meant = best != nullptr && 2 * least <= std::max(word.size(), best->size());
  return meant ? *best : std::string();
}

}  // namespace colonnade::base
