#pragma once

#include <colonnade/mpi/partition.hpp>

#include <cstdint>

namespace colonnade::data {

/// Which rank owns which columns of the output, in contiguous shares of whole shards; and in which
/// of several passes over the input a share's parts are gathered, if it does not fit in memory at
/// once.
struct Ownership {
  std::int64_t columns = 0;
  std::int64_t shard_columns = 1;
  int ranks = 1;
  std::int64_t passes = 1;

  /// The share of a rank.
  [[nodiscard]] mpi::Range of(int rank) const {
    return mpi::share_in_grains(columns, shard_columns, ranks, rank);
  }
  /// The part of it that belongs to a pass.
  [[nodiscard]] mpi::Range of(int rank, std::int64_t pass) const {
    const mpi::Range share = of(rank);
    return mpi::shifted(mpi::share_in_grains(share.size(), shard_columns, passes, pass),
                        share.begin);
  }
  [[nodiscard]] int owner(std::int64_t column) const {
    return static_cast<int>(mpi::share_in_grains_of(columns, shard_columns, ranks, column));
  }
  [[nodiscard]] bool is_in_pass(std::int64_t column, std::int64_t pass) const {
    return passes == 1 || of(owner(column), pass).contains(column);
  }
};

/// Passes in which no part of a share of `share_columns` exceeds `part_columns`; none (0) if a
/// shard alone does.
inline std::int64_t passes_for(std::int64_t share_columns, std::int64_t shard_columns,
                               std::int64_t part_columns) {
  if (share_columns <= part_columns) return 1;
  const std::int64_t shards = part_columns / shard_columns;
  return shards == 0 ? 0 : mpi::pieces(mpi::pieces(share_columns, shard_columns), shards);
}

}  // namespace colonnade::data
