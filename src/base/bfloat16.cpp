#include <colonnade/base/bfloat16.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>

#include <bit>

namespace colonnade::base {

COLONNADE_VECTOR_WIDTHS
void round_to_bfloat16(std::span<const float> values, std::span<Bfloat16> rounded) {
  expects(values.size() == rounded.size(), "as many rounded values as values");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(values[i]);
    const std::uint32_t nearest = bits + 0x7FFFU + ((bits >> 16) & 1U);
    const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    rounded[i].bits = static_cast<std::uint16_t>((is_nan ? bits | 0x400000U : nearest) >> 16);
  }
}

}  // namespace colonnade::base
