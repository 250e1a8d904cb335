#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::train {

/// Columns cut into folds: each column is held out in exactly one of them. Runs of columns ascend,
/// and do not touch.
class Folds {
 public:
  /// Contiguous ranges whose sizes differ by one at most, larger ones first, as scikit-learn's
  /// KFold has them. Throws a usage error if there are fewer columns than folds.
  Folds(mpi::Range columns, std::int64_t folds);
  /// Column columns.begin + i is held out in fold fold_of_column[i].
  Folds(mpi::Range columns, std::int64_t folds, std::span<const int> fold_of_column);

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(held_out_.size()); }
  [[nodiscard]] const std::vector<mpi::Range>& held_out(std::int64_t fold) const;
  /// The columns that are not held out.
  [[nodiscard]] std::vector<mpi::Range> rest(std::int64_t fold) const;

 private:
  mpi::Range columns_;
  std::vector<std::vector<mpi::Range>> held_out_;
};

/// Columns of some runs together.
std::int64_t columns_of(std::span<const mpi::Range> runs);

/// The fold of each group, of `columns_of_group` columns: from the largest group on, the first of
/// equals first, each goes to the fold that has fewest columns so far. -1 for groups without
/// columns. Throws a usage error if fewer groups have columns than there are folds.
std::vector<int> deal_groups(std::span<const std::int64_t> columns_of_group, std::int64_t folds);

/// **Collective.** Folds that part no group. `groups_of` (collective, each rank its own columns)
/// tells the group of each column, in [0, groups). Throws as deal_groups, on all ranks.
Folds folds_by_group(const mpi::Communicator& comm, mpi::Range columns, std::int64_t folds,
                     std::int64_t groups,
                     const std::function<std::vector<std::int64_t>(mpi::Range columns)>& groups_of);

}  // namespace colonnade::train
