#pragma once

#include <colonnade/mpi/partition.hpp>

#include <cstddef>
#include <cstdint>

namespace colonnade::train {

/// Parameters are cut between ranks and threads only at multiples of this many: sums over a tile
/// have the same bits whoever makes them, and a tile of floats lies in the first-level cache.
inline constexpr std::int64_t tile_parameters = 4096;

/// The parameters that a rank adds up and updates.
inline mpi::Range slice_of_rank(std::size_t parameters, int ranks, int rank) {
  return mpi::share_in_grains(static_cast<std::int64_t>(parameters), tile_parameters, ranks, rank);
}

/// A thread's part of a slice of `size` parameters, counted from the slice's start.
inline mpi::Range slice_of_thread(std::int64_t size, int threads, int thread) {
  return mpi::share_in_grains(size, tile_parameters, threads, thread);
}

}  // namespace colonnade::train
