#include "io/flat_boxes.hpp"

#include <colonnade/base/error.hpp>

#include <algorithm>

namespace colonnade::io {

namespace {

/// Adds boxes of the values `begin` to `end` of what lies under `start`, whose first `axis` indices
/// are settled.
void add_boxes(std::span<const hsize_t> lengths, std::vector<hsize_t>& start, std::size_t axis,
               hsize_t begin, hsize_t end, std::vector<Box>& boxes) {
  if (begin == end) return;
  hsize_t inner = 1;
  for (const auto length : lengths.subspan(axis + 1)) inner *= length;
  const auto part = [&](hsize_t index, hsize_t from, hsize_t to) {
    start[axis] = index;
    add_boxes(lengths, start, axis + 1, from, to, boxes);
    start[axis] = 0;
  };
  hsize_t first = begin / inner;
  const hsize_t last = end / inner;
  if (begin % inner != 0) {
    part(first, begin % inner, first == last ? end % inner : inner);
    if (first == last) return;
    ++first;
  }
  if (first < last) {
    Box box{start, {lengths.begin(), lengths.end()}};
    box.start[axis] = first;
    for (std::size_t settled = 0; settled < axis; ++settled) box.count[settled] = 1;
    box.count[axis] = last - first;
    boxes.push_back(std::move(box));
  }
  if (end % inner != 0) part(last, 0, end % inner);
}

}  // namespace

std::vector<Box> flat_boxes(mpi::Range range, std::span<const hsize_t> lengths) {
  hsize_t all = 1;
  for (const auto length : lengths) all *= length;
  base::expects(
      range.empty() || (range.begin >= 0 && static_cast<hsize_t>(range.end) <= all && all > 0),
      "the range lies in the array");
  std::vector<Box> boxes;
  std::vector<hsize_t> start(lengths.size(), 0);
  if (!range.empty())
    add_boxes(lengths, start, 0, static_cast<hsize_t>(range.begin), static_cast<hsize_t>(range.end),
              boxes);
  return boxes;
}

}  // namespace colonnade::io
