#include <colonnade/base/finite.hpp>
#include <colonnade/base/vectors.hpp>

#include <cmath>
#include <limits>

namespace colonnade::base {

/// Without a branch, so that it runs at the speed of memory.
COLONNADE_VECTOR_WIDTHS bool all_finite(std::span<const float> values) {
  constexpr float most = std::numeric_limits<float>::max();
  int beyond = 0;
  for (const float value : values) beyond |= static_cast<int>(!(std::abs(value) <= most));
  return beyond == 0;
}

}  // namespace colonnade::base
