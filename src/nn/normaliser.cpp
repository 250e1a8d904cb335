#include <colonnade/nn/batch_norm.hpp>

#include <nn/normaliser.hpp>
#include <nn/row_values.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::nn {

Normaliser::Normaliser(const LayerView& layer, std::int64_t columns)
    : width_(static_cast<std::size_t>(layer.out)),
      values_(static_cast<std::size_t>(columns) * width_),
      mean_(width_),
      squares_(width_),
      d_gamma_(width_),
      d_beta_(width_),
      inverse_(width_),
      factors_(2 * width_),
      row_(width_) {}

void Normaliser::take_moments() {
  const auto count = static_cast<double>(valid_);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  for (std::size_t row = 0; row < valid_; ++row)
    for (std::size_t u = 0; u < width_; ++u) mean_[u] += values_.data()[row * width_ + u];
  for (double& mean : mean_) mean /= count;
  for (std::size_t row = 0; row < valid_; ++row)
    for (std::size_t u = 0; u < width_; ++u) {
      const double d = values_.data()[row * width_ + u] - mean_[u];
      squares_[u] += d * d;
    }
  for (std::size_t u = 0; u < width_; ++u) {
    squares_[u] /= count;
    inverse_[u] = static_cast<float>(1.0 / std::sqrt(squares_[u] + batch_norm_epsilon));
  }
}

/// What is kept of a value for the way back: (value - mean) / sqrt(variance + epsilon).
void Normaliser::forward(Precision precision, std::int64_t valid, const void* gamma,
                         void* normalised) {
  valid_ = static_cast<std::size_t>(valid);
  take_moments();
  read_values(precision, gamma, 0, factors_);
  for (std::size_t first = 0; first < values_.size(); first += width_) {
    float* const value = values_.data() + first;
    for (std::size_t u = 0; u < width_; ++u) {
      value[u] = (value[u] - static_cast<float>(mean_[u])) * inverse_[u];
      row_[u] = factors_[u] * value[u] + factors_[width_ + u];
    }
    write_values(precision, row_, normalised, first);
  }
}

void Normaliser::backward(Precision precision, const void* gamma, void* derivatives,
                          std::span<float> gradient) {
  std::fill(d_gamma_.begin(), d_gamma_.end(), 0.0);
  std::fill(d_beta_.begin(), d_beta_.end(), 0.0);
  for (std::size_t first = 0; first < valid_ * width_; first += width_) {
    read_values(precision, derivatives, first, row_);
    for (std::size_t u = 0; u < width_; ++u) {
      d_beta_[u] += row_[u];
      d_gamma_[u] += static_cast<double>(row_[u]) * values_.data()[first + u];
    }
  }
  std::copy(d_gamma_.begin(), d_gamma_.end(), gradient.begin());
  std::copy(d_beta_.begin(), d_beta_.end(), gradient.begin() + static_cast<std::ptrdiff_t>(width_));
  read_values(precision, gamma, 0, factors_);
  for (std::size_t first = 0; first < values_.size(); first += width_) {
    read_values(precision, derivatives, first, row_);
    for (std::size_t u = 0; u < width_; ++u) {
      const double slope = row_[u] - (d_beta_[u] + values_.data()[first + u] * d_gamma_[u]) /
                                         static_cast<double>(valid_);
      row_[u] = static_cast<float>(static_cast<double>(factors_[u] * inverse_[u]) * slope);
    }
    if (first >= valid_ * width_) std::fill(row_.begin(), row_.end(), 0.0F);
    write_values(precision, row_, derivatives, first);
  }
}

void Normaliser::write_statistics(double share, std::span<float> statistics) const {
  const double unbiased =
      valid_ > 1 ? static_cast<double>(valid_) / static_cast<double>(valid_ - 1) : 0.0;
  for (std::size_t u = 0; u < width_; ++u) {
    statistics[u] = static_cast<float>(share * mean_[u]);
    statistics[width_ + u] = static_cast<float>(share * unbiased * squares_[u]);
  }
}

}  // namespace colonnade::nn
