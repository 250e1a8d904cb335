#include <colonnade/data/feature.hpp>

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

}  // namespace colonnade::data
