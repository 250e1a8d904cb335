#pragma once

#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <vector>

namespace colonnade::train {

/// How the columns of the training split are dealt to batches: pure arithmetic, the same whatever
/// the number of ranks and threads.
///
/// A batch is one micro-batch of each lane. Lane l owns the l-th contiguous share of the columns;
/// in every epoch it walks through them in an order of its own, micro_batch columns a step. So each
/// column is seen exactly once an epoch, and only the last step of an epoch may have fewer columns.
class Lanes {
 public:
  /// `batch` columns a step in micro-batches of `micro_batch`. Throws base::Error (usage) if these
  /// are not positive, if the micro-batch does not divide the batch, or if the batch exceeds the
  /// columns.
  Lanes(std::int64_t columns, std::int64_t batch, std::int64_t micro_batch, std::uint64_t seed);

  /// Number of lanes: micro-batches in a batch.
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::int64_t micro_batch() const noexcept { return micro_batch_; }
  [[nodiscard]] std::int64_t steps_per_epoch() const;

  /// The columns that the lanes [lanes.begin, lanes.end) own, counted from the start of the split.
  [[nodiscard]] mpi::Range columns_of(mpi::Range lanes) const;
  /// Columns of one lane in a step of an epoch: micro_batch, fewer in the last step, perhaps 0.
  [[nodiscard]] std::int64_t valid_columns(std::int64_t step, std::int64_t lane) const;
  /// Columns of all lanes in a step of an epoch.
  [[nodiscard]] std::int64_t valid_columns(std::int64_t step) const;
  /// The columns of one lane in a step of an epoch, counted from the start of the split, written
  /// over `columns`.
  void select(std::int64_t epoch, std::int64_t step, std::int64_t lane,
              std::vector<std::int64_t>& columns) const;

 private:
  std::int64_t columns_;
  std::int64_t micro_batch_;
  std::int64_t count_ = 0;
  std::uint64_t seed_;
};

/// The lanes that a rank computes: contiguous, none for ranks beyond the number of lanes.
inline mpi::Range lanes_of_rank(std::int64_t lanes, int ranks, int rank) {
  return mpi::share(lanes, ranks, rank);
}

/// The lanes that one thread of a rank computes: a contiguous share of the rank's.
mpi::Range lanes_of_thread(mpi::Range lanes_of_rank, int threads, int thread);

}  // namespace colonnade::train
