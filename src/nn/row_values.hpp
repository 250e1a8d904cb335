#pragma once

#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/precision.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace colonnade::nn {

/// Reads values that lie in a precision, from the `first` on.
inline void read_values(Precision precision, const void* values, std::size_t first,
                        std::span<float> into) {
  if (precision == Precision::fp32)
    std::copy_n(static_cast<const float*>(values) + first, into.size(), into.begin());
  else
    std::transform(static_cast<const base::Bfloat16*>(values) + first,
                   static_cast<const base::Bfloat16*>(values) + first + into.size(), into.begin(),
                   base::to_float);
}

/// Writes them, rounded where the precision wants it.
inline void write_values(Precision precision, std::span<const float> from, void* values,
                         std::size_t first) {
  if (precision == Precision::fp32)
    std::copy(from.begin(), from.end(), static_cast<float*>(values) + first);
  else
    base::round_to_bfloat16(from, {static_cast<base::Bfloat16*>(values) + first, from.size()});
}

}  // namespace colonnade::nn
