#include "train/evaluation_levels.hpp"

#include <cmath>
#include <map>

namespace colonnade::train {

void place_levels(Evaluation& evaluation, std::size_t half_levels) {
  std::map<std::int64_t, double> known;
  for (std::size_t i = 0; i < evaluation.pressures.size(); ++i)
    known[evaluation.pressures[i].level] = evaluation.mean_pressure_pa[i];
  const auto at = [&](std::int64_t level) {
    const auto found = known.find(level);
    return found == known.end() ? std::nan("") : found->second;
  };
  evaluation.quantity_pressure_pa.assign(evaluation.quantities.size(), std::nan(""));
  for (const auto& run : data::runs_of(evaluation.quantities)) {
    const bool is_rate = run.first >= evaluation.targets;
    const bool is_layer = is_rate || run.count + 1 == half_levels;
    if (!is_layer && run.count != half_levels) continue;
    for (std::size_t q = run.first; q < run.first + run.count; ++q) {
      const auto level = evaluation.quantities[q].level;
      evaluation.quantity_pressure_pa[q] = is_layer ? (at(level) + at(level + 1)) / 2 : at(level);
    }
  }
  if (known.size() < 2) return;
  evaluation.order_from_pressure = true;
  evaluation.top_is_first = known.begin()->second <= known.rbegin()->second;
}

std::optional<Ends> ends_of(const Evaluation& evaluation, const data::FeatureRun& run) {
  if (run.count < 2 || evaluation.quantities[run.first].level < 0) return std::nullopt;
  const Ends ends{run.first, run.first + run.count - 1};
  return evaluation.top_is_first ? ends : Ends{ends.surface, ends.top};
}

}  // namespace colonnade::train
