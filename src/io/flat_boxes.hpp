#pragma once

#include <colonnade/mpi/partition.hpp>

#include <hdf5.h>

#include <span>
#include <vector>

namespace colonnade::io {

/// A hyperslab.
struct Box {
  std::vector<hsize_t> start, count;
};

/// The boxes, in order, that hold the values of a range when those of an array of these lengths
/// are numbered with the last dimension fastest: the ends of the range, and what is whole between
/// them. Throws std::logic_error when the range leaves the array.
std::vector<Box> flat_boxes(mpi::Range range, std::span<const hsize_t> lengths);

}  // namespace colonnade::io
