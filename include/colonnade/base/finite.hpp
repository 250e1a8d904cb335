#pragma once

#include <span>

namespace colonnade::base {

/// Whether no value is NaN or infinite, at the speed of memory.
bool all_finite(std::span<const float> values);

}  // namespace colonnade::base
