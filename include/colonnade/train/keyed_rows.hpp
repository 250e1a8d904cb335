#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// A row of sums for each key that the columns of a piece have: what mpi::KeyedFold takes.
class KeyedRows {
 public:
  KeyedRows(std::span<const std::int64_t> key_of_column, std::size_t width)
      : keys_(key_of_column.begin(), key_of_column.end()), width_(width) {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    for (const auto key : key_of_column)
      places_.push_back(static_cast<std::size_t>(std::lower_bound(keys_.begin(), keys_.end(), key) -
                                                 keys_.begin()));
    rows_.resize(keys_.size() * width_);
  }

  /// The row of the column's key.
  [[nodiscard]] std::span<double> of_column(std::size_t column) {
    return std::span(rows_).subspan(places_[column] * width_, width_);
  }
  /// Ascending.
  [[nodiscard]] std::span<const std::int64_t> keys() const { return keys_; }
  [[nodiscard]] std::span<const double> rows() const { return rows_; }

 private:
  std::vector<std::int64_t> keys_;
  std::size_t width_;
  std::vector<std::size_t> places_;  ///< of each column's row
  std::vector<double> rows_;
};

/// Merges sums, for mpi::KeyedFold.
inline void add_row(std::span<double> state, std::span<const double> next) {
  for (std::size_t f = 0; f < state.size(); ++f) state[f] += next[f];
}

}  // namespace colonnade::train
