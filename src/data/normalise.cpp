#include <colonnade/data/normalise.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::data {

namespace {

void share_scale(Encoding& encoding, Normalisation normalisation) {
  const auto& statistics = encoding.statistics;
  for (const auto& run : runs_of(encoding.features)) {
    double squares = 0.0, number = 0.0, low = statistics.min[run.first],
           high = statistics.max[run.first];
    for (std::size_t i = run.first; i < run.first + run.count; ++i) {
      low = std::min(low, statistics.min[i]);
      high = std::max(high, statistics.max[i]);
      if (encoding.scale[i] == 0.0) continue;
      squares += statistics.std[i] * statistics.std[i];
      number += 1.0;
    }
    const bool zscore = normalisation == Normalisation::zscore;
    const double scale = zscore ? std::sqrt(squares / std::max(number, 1.0)) : high - low;
    for (std::size_t i = run.first; i < run.first + run.count; ++i) {
      if (encoding.scale[i] == 0.0) continue;
      encoding.scale[i] = scale;
      if (!zscore) encoding.offset[i] = low;
    }
  }
}

}  // namespace

void set_normalisation(Encoding& encoding, Normalisation normalisation,
                       bool one_scale_per_variable) {
  const auto& statistics = encoding.statistics;
  const std::size_t width = encoding.width();
  if (normalisation == Normalisation::none) {
    encoding.offset.assign(width, 0.0);
    encoding.scale.assign(width, 1.0);
    return;
  }
  encoding.scale.resize(width);
  const bool zscore = normalisation == Normalisation::zscore;
  encoding.offset = zscore ? statistics.mean : statistics.min;
  for (std::size_t i = 0; i < width; ++i)
    encoding.scale[i] = zscore ? statistics.std[i] : statistics.max[i] - statistics.min[i];
  if (one_scale_per_variable) share_scale(encoding, normalisation);
}

}  // namespace colonnade::data
