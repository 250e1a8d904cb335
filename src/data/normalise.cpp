#include <colonnade/base/error.hpp>
#include <colonnade/data/normalise.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

namespace colonnade::data {

namespace {

struct Shared {
  double squares = 0.0, number = 0.0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
};

void share_scale(Encoding& encoding, Normalisation normalisation) {
  const auto& statistics = encoding.statistics;
  std::map<std::string, Shared> variables;
  for (std::size_t i = 0; i < encoding.width(); ++i) {
    auto& [squares, number, low, high] = variables[encoding.features[i].variable];
    low = std::min(low, statistics.min[i]);
    high = std::max(high, statistics.max[i]);
    if (encoding.scale[i] == 0.0) continue;
    squares += statistics.std[i] * statistics.std[i];
    number += 1.0;
  }
  for (std::size_t i = 0; i < encoding.width(); ++i) {
    if (encoding.scale[i] == 0.0) continue;
    const auto& [squares, number, low, high] = variables[encoding.features[i].variable];
    const bool zscore = normalisation == Normalisation::zscore;
    encoding.scale[i] = zscore ? std::sqrt(squares / number) : high - low;
    if (!zscore) encoding.offset[i] = low;
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

void weigh(Encoding& encoding, const std::vector<double>& weights) {
  base::expects(weights.size() == encoding.width(), "each feature has a weight");
  for (std::size_t i = 0; i < weights.size(); ++i) encoding.scale[i] /= weights[i];
}

}  // namespace colonnade::data
