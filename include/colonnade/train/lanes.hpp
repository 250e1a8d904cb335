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
///
/// The order has two levels, so that a lane can be read from a file in large pieces: a permutation
/// of the lane's runs of consecutive columns lays them out one after the other; the places of that
/// layout are cut into windows of a few steps, and a permutation of each window orders its places.
class Lanes {
 public:
  /// Columns of a run, which lie side by side in the file; the last run of a lane may be shorter.
  static constexpr std::int64_t run_columns = 32;
  /// Steps of a window; the last one of an epoch may have fewer.
  static constexpr std::int64_t window_steps = 4;

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

  [[nodiscard]] std::int64_t windows_per_epoch() const;
  /// The most columns that a window has.
  [[nodiscard]] std::int64_t window_columns() const noexcept { return window_steps * micro_batch_; }
  /// The columns of one lane in a window of an epoch, counted from the start of the split: whole
  /// runs but for the first and the last, one after the other; perhaps none in the last window.
  [[nodiscard]] std::vector<mpi::Range> window(std::int64_t epoch, std::int64_t window,
                                               std::int64_t lane) const;
  /// As select, but the columns' places in the window that holds them.
  void select_places(std::int64_t epoch, std::int64_t step, std::int64_t lane,
                     std::vector<std::int64_t>& places) const;

 private:
  [[nodiscard]] mpi::Range places_of_window(std::int64_t window, std::int64_t lane) const;

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
