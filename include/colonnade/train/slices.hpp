#pragma once

#include <colonnade/mpi/partition.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// Parameters are cut between buckets, ranks and threads only at multiples of this many: sums over
/// a tile have the same bits whoever makes them, and a tile of floats lies in the first-level
/// cache.
inline constexpr std::int64_t tile_parameters = 4096;

/// A thread's part of `size` parameters that begin with a tile, counted from their start.
inline mpi::Range slice_of_thread(std::int64_t size, int threads, int thread) {
  return mpi::share_in_grains(size, tile_parameters, threads, thread);
}

/// Parameters of a rank's slice that lie together.
struct SlicePiece {
  std::size_t bucket = 0;
  mpi::Range parameters{};  ///< in flat order
  std::int64_t offset = 0;  ///< of the first one, in the rank's range of the bucket
};

/// Values for a rank's slice: those of its range of each bucket.
using SliceValues = std::vector<std::span<const float>>;

/// Which parameters each rank adds up and updates: its slice.
///
/// The parameters are cut into buckets, contiguous ranges in flat order, and each bucket into a
/// range for every rank, so that all ranks have work with each bucket as the backward pass
/// completes it. Ranks' slices differ by a tile at most. No bit depends on the buckets.
class Slices {
 public:
  /// In equal buckets: a single one for a single rank or few parameters, else at most six of
  /// four tiles a rank or more, lest messages become small.
  Slices(std::size_t parameters, int ranks);
  /// In at most `buckets` buckets, as many as there are tiles.
  Slices(std::size_t parameters, int ranks, std::int64_t buckets);

  [[nodiscard]] std::size_t parameters() const noexcept {
    return static_cast<std::size_t>(begins_.back().back());
  }
  [[nodiscard]] int ranks() const noexcept { return static_cast<int>(begins_.front().size()) - 1; }
  [[nodiscard]] std::size_t buckets() const noexcept { return begins_.size(); }
  [[nodiscard]] mpi::Range bucket(std::size_t k) const {
    return {begins_[k].front(), begins_[k].back()};
  }
  /// A rank's range of bucket k; it may be empty.
  [[nodiscard]] mpi::Range range(int rank, std::size_t k) const {
    const auto at = static_cast<std::size_t>(rank);
    return {begins_[k][at], begins_[k][at + 1]};
  }
  /// Parameters of a rank's slice.
  [[nodiscard]] std::int64_t size(int rank) const;
  /// The pieces, none empty, of part of a rank's slice, whose ranges count one after another.
  [[nodiscard]] std::vector<SlicePiece> pieces(int rank, mpi::Range part) const;
  /// Those of a thread's share of a rank's slice.
  [[nodiscard]] std::vector<SlicePiece> pieces_of_thread(int rank, int threads, int thread) const {
    return pieces(rank, slice_of_thread(size(rank), threads, thread));
  }

 private:
  std::vector<std::vector<std::int64_t>> begins_;  ///< of each bucket: of each rank, and its end
};

}  // namespace colonnade::train
