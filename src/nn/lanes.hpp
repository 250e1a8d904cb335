#pragma once

#include <array>
#include <cstddef>

namespace colonnade::nn {

/// Sums term(0) ... term(count - 1) in double precision: term i goes to lane i mod 16, and
/// the lanes are added as a binary tree. The order is fixed, and yet a compiler can use vectors.
template <typename Term>
[[gnu::always_inline]] inline double sum_in_lanes(std::size_t count, Term term) {
  constexpr std::size_t lane_count = 16;
  std::array<double, lane_count> lanes{};
  std::size_t i = 0;
  for (; i + lane_count <= count; i += lane_count)
    for (std::size_t lane = 0; lane < lane_count; ++lane)
      lanes[lane] += static_cast<double>(term(i + lane));
  for (std::size_t lane = 0; i + lane < count; ++lane)
    lanes[lane] += static_cast<double>(term(i + lane));
  for (std::size_t width = lane_count / 2; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

}  // namespace colonnade::nn
