#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/sum_tree.hpp>

#include <cmath>
#include <cstdint>
#include <span>

namespace colonnade::train {

inline constexpr std::size_t parameters = 6 * tile_parameters + 77;
/// Of the parameters: seven is one a tile, and leaves some of five ranks without.
inline constexpr std::int64_t bucket_counts[] = {1, 2, 3, 7};

/// Values of very different sizes, so that the order of a sum shows in its bits.
inline float value(std::int64_t lane, std::size_t parameter, int round) {
  const auto i = static_cast<double>(lane * 1000003 + static_cast<std::int64_t>(parameter));
  return static_cast<float>(std::sin(i + round) * std::pow(10.0, std::fmod(i, 7.0)));
}

/// A rank's slice of `all`.
inline SliceValues slice_of(const mpi::Communicator& comm, const Slices& slices,
                            std::span<const float> all) {
  SliceValues values;
  for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket) {
    const mpi::Range range = slices.range(comm.rank(), bucket);
    values.push_back(
        all.subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size())));
  }
  return values;
}

}  // namespace colonnade::train
