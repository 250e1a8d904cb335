#pragma once

#include <cstdint>
#include <string>

namespace colonnade::base {

/// "512 B", "1.5 KiB", "4.0 GiB".
std::string human_bytes(std::int64_t bytes);

/// "0.25 s", "12 s", "3 min 05 s", "2 h 07 min".
std::string human_duration(double seconds);

/// "1,085,440".
std::string human_count(std::int64_t count);

/// "950", "12.3 k", "4.56 M": three digits, for rates.
std::string human_rate(double per_second);

}  // namespace colonnade::base
