#include <colonnade/nn/probability.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace colonnade::nn {

void sigmoid(std::span<float> values) {
  for (float& value : values)
    value = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(value))));
}

void softmax(std::span<float> rows, std::size_t width) {
  std::vector<double> powers(width);
  for (std::size_t at = 0; at < rows.size(); at += width) {
    const auto row = rows.subspan(at, width);
    const auto largest = static_cast<double>(*std::max_element(row.begin(), row.end()));
    double sum = 0.0;
    for (std::size_t k = 0; k < width; ++k) {
      powers[k] = std::exp(static_cast<double>(row[k]) - largest);
      sum += powers[k];
    }
    for (std::size_t k = 0; k < width; ++k) row[k] = static_cast<float>(powers[k] / sum);
  }
}

}  // namespace colonnade::nn
