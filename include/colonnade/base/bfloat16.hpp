#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace colonnade::base {

/// The upper half of a float: its sign, its 8 bits of exponent and 7 of its fraction.
struct Bfloat16 {
  std::uint16_t bits = 0;

  bool operator==(const Bfloat16&) const = default;
};

/// The nearest value, and of two the even one; NaN stays NaN.
void round_to_bfloat16(std::span<const float> values, std::span<Bfloat16> rounded);

/// Exact.
inline float to_float(Bfloat16 value) {
  return std::bit_cast<float>(std::uint32_t{value.bits} << 16);
}

}  // namespace colonnade::base
