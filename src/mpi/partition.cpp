#include <colonnade/mpi/partition.hpp>

#include <algorithm>

namespace colonnade::mpi {

Range intersection(Range a, Range b) {
  const std::int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

std::int64_t pieces(std::int64_t count, std::int64_t length) {
  return count / length + (count % length == 0 ? 0 : 1);
}

Range share(std::int64_t count, std::int64_t parts, std::int64_t part) {
  const std::int64_t size = count / parts, larger = count % parts;
  const std::int64_t begin = part * size + std::min(part, larger);
  return {begin, begin + size + (part < larger ? 1 : 0)};
}

std::int64_t share_of(std::int64_t count, std::int64_t parts, std::int64_t index) {
  const std::int64_t size = count / parts, larger = count % parts;
  const std::int64_t in_larger = larger * (size + 1);
  return index < in_larger ? index / (size + 1) : larger + (index - in_larger) / size;
}

Range share_in_grains(std::int64_t count, std::int64_t grain, std::int64_t parts,
                      std::int64_t part) {
  const Range grains = share(pieces(count, grain), parts, part);
  return {std::min(count, grains.begin * grain), std::min(count, grains.end * grain)};
}

std::int64_t share_in_grains_of(std::int64_t count, std::int64_t grain, std::int64_t parts,
                                std::int64_t index) {
  return share_of(pieces(count, grain), parts, index / grain);
}

}  // namespace colonnade::mpi
