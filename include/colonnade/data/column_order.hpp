#pragma once

#include <colonnade/base/permutation.hpp>
#include <colonnade/data/column_hash.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace colonnade::data {

/// Where each column of the raw set goes in the prepared file: pure arithmetic, the same on every
/// rank.
class ColumnOrder {
 public:
  /// `dropped` are indices in the raw set, ascending. Without a seed the columns keep their order.
  ColumnOrder(std::int64_t raw_columns, std::vector<std::int64_t> dropped,
              std::optional<std::uint64_t> shuffle_seed);

  /// Columns that are left.
  [[nodiscard]] std::int64_t columns() const { return columns_; }
  /// Position in the prepared file of a raw column, or nothing if it was dropped.
  [[nodiscard]] std::optional<std::int64_t> position(std::int64_t raw_column) const;

 private:
  std::vector<std::int64_t> dropped_;
  std::int64_t columns_;
  std::optional<base::Permutation> shuffle_;
};

/// The ranges of train, validation and test for fractions that sum to 1; throws a usage error
/// otherwise.
std::vector<Split> splits_of(std::int64_t columns, const std::array<double, 3>& fractions);

}  // namespace colonnade::data
