#include <colonnade/base/vectors.hpp>
#include <colonnade/nn/batch_norm.hpp>

#include <nn/normaliser.hpp>
#include <nn/row_values.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::nn {

namespace {

COLONNADE_VECTOR_WIDTHS
void add_row(std::span<const float> values, double* __restrict sums) {
  for (std::size_t u = 0; u < values.size(); ++u) sums[u] += static_cast<double>(values[u]);
}

COLONNADE_VECTOR_WIDTHS
void add_squares(std::span<const float> values, const double* __restrict mean,
                 double* __restrict squares) {
  for (std::size_t u = 0; u < values.size(); ++u) {
    const double d = static_cast<double>(values[u]) - mean[u];
    squares[u] += d * d;
  }
}

/// Leaves (value - mean) / sqrt(variance + epsilon) in `values`, and writes gamma times it + beta.
COLONNADE_VECTOR_WIDTHS
void normalise(std::span<float> values, const double* __restrict mean,
               const float* __restrict inverse, const float* __restrict gamma,
               const float* __restrict beta, float* __restrict normalised) {
  float* __restrict value = values.data();
  for (std::size_t u = 0; u < values.size(); ++u) {
    value[u] = (value[u] - static_cast<float>(mean[u])) * inverse[u];
    normalised[u] = gamma[u] * value[u] + beta[u];
  }
}

COLONNADE_VECTOR_WIDTHS
void add_slopes(std::span<const float> slopes, const float* __restrict values,
                double* __restrict d_gamma, double* __restrict d_beta) {
  for (std::size_t u = 0; u < slopes.size(); ++u) {
    d_beta[u] += static_cast<double>(slopes[u]);
    d_gamma[u] += static_cast<double>(slopes[u]) * static_cast<double>(values[u]);
  }
}

/// factor (slope - (d_beta + value d_gamma) / count), the derivative to what was normalised.
COLONNADE_VECTOR_WIDTHS
void take_means_away(std::span<float> slopes, const float* __restrict values,
                     const double* __restrict d_gamma, const double* __restrict d_beta,
                     const float* __restrict factor, double count) {
  float* __restrict slope = slopes.data();
  for (std::size_t u = 0; u < slopes.size(); ++u)
    slope[u] = factor[u] * static_cast<float>(
                               static_cast<double>(slope[u]) -
                               (d_beta[u] + static_cast<double>(values[u]) * d_gamma[u]) / count);
}

}  // namespace

Normaliser::Normaliser(const LayerView& layer, std::int64_t columns)
    : columns_(static_cast<std::size_t>(columns)),
      width_(static_cast<std::size_t>(layer.out)),
      values_(columns_ * width_),
      mean_(width_),
      squares_(width_),
      d_gamma_(width_),
      d_beta_(width_),
      inverse_(width_),
      factors_(2 * width_),
      row_(width_) {}

std::span<float> Normaliser::row(std::size_t index) {
  return values_.span().subspan(index * width_, width_);
}

void Normaliser::take_moments() {
  const auto count = static_cast<double>(valid_);
  std::fill(mean_.begin(), mean_.end(), 0.0);
  std::fill(squares_.begin(), squares_.end(), 0.0);
  for (std::size_t r = 0; r < valid_; ++r) add_row(row(r), mean_.data());
  for (double& mean : mean_) mean /= count;
  for (std::size_t r = 0; r < valid_; ++r) add_squares(row(r), mean_.data(), squares_.data());
  for (std::size_t u = 0; u < width_; ++u) {
    squares_[u] /= count;
    inverse_[u] = static_cast<float>(1.0 / std::sqrt(squares_[u] + batch_norm_epsilon));
  }
}

void Normaliser::forward(Precision precision, std::int64_t valid, const void* gamma,
                         void* normalised) {
  valid_ = static_cast<std::size_t>(valid);
  take_moments();
  read_values(precision, gamma, 0, factors_);
  for (std::size_t r = 0; r < columns_; ++r) {
    normalise(row(r), mean_.data(), inverse_.data(), factors_.data(), factors_.data() + width_,
              row_.data());
    write_values(precision, row_, normalised, r * width_);
  }
}

void Normaliser::backward(Precision precision, const void* gamma, void* derivatives,
                          std::span<float> gradient) {
  std::fill(d_gamma_.begin(), d_gamma_.end(), 0.0);
  std::fill(d_beta_.begin(), d_beta_.end(), 0.0);
  for (std::size_t r = 0; r < valid_; ++r) {
    read_values(precision, derivatives, r * width_, row_);
    add_slopes(row_, row(r).data(), d_gamma_.data(), d_beta_.data());
  }
  for (std::size_t u = 0; u < width_; ++u) {
    gradient[u] = static_cast<float>(d_gamma_[u]);
    gradient[width_ + u] = static_cast<float>(d_beta_[u]);
  }
  read_values(precision, gamma, 0, factors_);
  for (std::size_t u = 0; u < width_; ++u) factors_[u] *= inverse_[u];
  for (std::size_t r = 0; r < valid_; ++r) {
    read_values(precision, derivatives, r * width_, row_);
    take_means_away(row_, row(r).data(), d_gamma_.data(), d_beta_.data(), factors_.data(),
                    static_cast<double>(valid_));
    write_values(precision, row_, derivatives, r * width_);
  }
  std::fill(row_.begin(), row_.end(), 0.0F);
  for (std::size_t r = valid_; r < columns_; ++r)
    write_values(precision, row_, derivatives, r * width_);
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
