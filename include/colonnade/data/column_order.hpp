#pragma once

#include <colonnade/base/permutation.hpp>
#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/groups.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Where each column of the raw set goes in the prepared file: pure arithmetic, the same on every
/// rank, without a table of the columns.
class ColumnOrder {
 public:
  /// `dropped` are indices in the raw set, ascending. Without a seed the columns keep their order.
  ColumnOrder(std::int64_t raw_columns, std::vector<std::int64_t> dropped,
              std::optional<std::uint64_t> shuffle_seed);
  /// Columns of group g go to the split split_of_group[g] (0 train, 1 validation, 2 test), one
  /// split after the other, and are shuffled, or keep their order, within it.
  ColumnOrder(const Groups& groups, std::span<const int> split_of_group,
              std::vector<std::int64_t> dropped, std::optional<std::uint64_t> shuffle_seed);

  /// Columns that are left.
  [[nodiscard]] std::int64_t columns() const { return parts_.back().columns.end; }
  /// Position in the prepared file of a raw column, or nothing if it was dropped.
  [[nodiscard]] std::optional<std::int64_t> position(std::int64_t raw_column) const;
  /// The splits of an order by groups.
  [[nodiscard]] std::vector<Split> splits() const;

 private:
  /// Positions whose columns are shuffled among themselves.
  struct Part {
    mpi::Range columns;
    std::optional<base::Permutation> shuffle{};
  };
  /// Raw columns from `begin` on that go to one part: column c, before which d are dropped, is the
  /// one of rank c - d + shift there.
  struct Run {
    std::int64_t begin;
    std::size_t part;
    std::int64_t shift;
  };
  [[nodiscard]] std::int64_t dropped_before(std::int64_t raw_column) const;

  std::vector<std::int64_t> dropped_;
  std::vector<Part> parts_;
  std::vector<Run> runs_;
};

/// Throws a usage error unless the fractions of train, validation and test are at least 0 and sum
/// to 1.
void expect_fractions(const std::array<double, 3>& fractions);

/// The ranges of train, validation and test; throws as expect_fractions.
std::vector<Split> splits_of(std::int64_t columns, const std::array<double, 3>& fractions);

/// The split of each group (0 train, 1 validation, 2 test), drawn by `seed` so that the splits'
/// columns come near to the fractions: groups of more than half the largest one's columns first,
/// then those of more than a quarter, and so on, in drawn order; each goes to the split that lacks
/// most columns. A split with a fraction above 0 that got none gets the smallest group of the split
/// that has most beyond its fraction. `sizes` are the groups' columns; groups without columns do
/// not count. Throws a usage error when there are fewer groups than splits.
std::vector<int> draw_splits(std::span<const std::int64_t> sizes,
                             const std::array<double, 3>& fractions, std::uint64_t seed);

}  // namespace colonnade::data
