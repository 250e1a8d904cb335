#include <colonnade/data/feature.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace colonnade::data {

std::vector<FeatureRun> runs_of(const std::vector<Feature>& features) {
  std::vector<FeatureRun> runs;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto& feature = features[i];
    if (runs.empty() || runs.back().variable != feature.variable)
      runs.push_back({feature.variable, feature.units, i, 0});
    ++runs.back().count;
  }
  return runs;
}

std::vector<std::string> compact_names(const std::vector<Feature>& features,
                                       const std::vector<std::size_t>& chosen) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::int64_t>> levels;
  for (const std::size_t i : chosen) {
    auto& known = levels[features[i].variable];
    if (known.empty()) order.push_back(features[i].variable);
    known.push_back(features[i].level);
  }
  std::vector<std::string> names;
  for (const auto& variable : order) {
    auto& known = levels[variable];
    std::sort(known.begin(), known.end());
    for (std::size_t i = 0; i < known.size();) {
      std::size_t end = i + 1;
      while (end < known.size() && known[end] == known[end - 1] + 1) ++end;
      if (known[i] < 0)
        names.push_back(variable);
      else if (end == i + 1)
        names.push_back(fmt::format("{}[{}]", variable, known[i]));
      else
        names.push_back(fmt::format("{}[{}:{}]", variable, known[i], known[end - 1] + 1));
      i = end;
    }
  }
  return names;
}

}  // namespace colonnade::data
