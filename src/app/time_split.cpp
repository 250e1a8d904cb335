#include <colonnade/app/time_split.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace colonnade::app {

std::string time_split(const std::map<std::string, double>& phase_times_s) {
  std::vector<std::pair<std::string, double>> phases(phase_times_s.begin(), phase_times_s.end());
  std::stable_sort(phases.begin(), phases.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  double whole_s = 0.0, other_s = 0.0;
  for (const auto& [phase, seconds] : phases) whole_s += seconds;
  std::string text;
  for (const auto& [phase, seconds] : phases)
    if (seconds < whole_s / 100)
      other_s += seconds;
    else
      text += fmt::format("{} {:.2f} s, ", phase, seconds);
  return text + fmt::format("other {:.2f} s", other_s);
}

}  // namespace colonnade::app
