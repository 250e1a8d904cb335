#pragma once

#include <cstdint>

namespace colonnade::mpi {

/// Half-open interval of global indices.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] std::int64_t size() const { return end - begin; }
  [[nodiscard]] bool empty() const { return end <= begin; }
  [[nodiscard]] bool contains(std::int64_t index) const { return begin <= index && index < end; }
  bool operator==(const Range&) const = default;
};

/// The range moved up by `by`.
inline Range shifted(Range range, std::int64_t by) {
  return {range.begin + by, range.end + by};
}

/// Common part of two ranges; empty, with begin == end, if there is none.
Range intersection(Range a, Range b);

/// Number of pieces of `length` that cover `count`, the last one possibly shorter.
std::int64_t pieces(std::int64_t count, std::int64_t length);

/// The part-th of `parts` contiguous shares of [0, count), whose sizes differ by one at most,
/// larger ones first.
Range share(std::int64_t count, std::int64_t parts, std::int64_t part);

/// The part that holds `index` in the shares of [0, count) over `parts`: share(count, parts,
/// result) contains index.
std::int64_t share_of(std::int64_t count, std::int64_t parts, std::int64_t index);

/// Like share, but cut only at multiples of `grain`; the last share ends at count.
Range share_in_grains(std::int64_t count, std::int64_t grain, std::int64_t parts,
                      std::int64_t part);

/// The part that holds `index` in share_in_grains.
std::int64_t share_in_grains_of(std::int64_t count, std::int64_t grain, std::int64_t parts,
                                std::int64_t index);

}  // namespace colonnade::mpi
