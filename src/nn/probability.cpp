#include <colonnade/nn/probability.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::nn {

void sigmoid(std::span<float> values) {
  for (float& value : values)
    value = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(value))));
}

void softmax(std::span<float> rows, std::size_t width) {
  for (std::size_t at = 0; at < rows.size(); at += width) {
    const auto row = rows.subspan(at, width);
    const auto largest = static_cast<double>(*std::max_element(row.begin(), row.end()));
    const auto power = [&](float logit) { return std::exp(static_cast<double>(logit) - largest); };
    double sum = 0.0;
    for (const float logit : row) sum += power(logit);
    for (float& value : row) value = static_cast<float>(power(value) / sum);
  }
}

}  // namespace colonnade::nn
