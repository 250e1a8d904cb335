#pragma once

#include <map>
#include <string>

namespace colonnade::app {

/// "write 1.20 s, read 0.45 s, other 0.02 s": phases by their share, those under a hundredth of the
/// whole together as the last.
std::string time_split(const std::map<std::string, double>& phase_times_s);

}  // namespace colonnade::app
