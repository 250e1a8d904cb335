#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/base/vectors.hpp>

#include <nn/dropout.hpp>
#include <nn/row_values.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::nn {

namespace {

constexpr std::uint32_t whole = 1U << 16;

/// Two factors for each number, by its lower and its upper half.
COLONNADE_VECTOR_WIDTHS
void write_factors(std::span<const std::uint32_t> bits, std::uint32_t threshold, float kept,
                   float* __restrict factors) {
  for (std::size_t i = 0; i < bits.size(); ++i) {
    factors[2 * i] = (bits[i] & (whole - 1)) < threshold ? 0.0F : kept;
    factors[2 * i + 1] = bits[i] >> 16 < threshold ? 0.0F : kept;
  }
}

COLONNADE_VECTOR_WIDTHS
void multiply(std::span<float> values, const float* __restrict factors) {
  float* __restrict into = values.data();
  for (std::size_t i = 0; i < values.size(); ++i) into[i] *= factors[i];
}

}  // namespace

Dropout::Dropout(double part, std::uint64_t layer, std::int64_t columns, std::int64_t width)
    : threshold_(static_cast<std::uint32_t>(std::lround(part * whole))),
      layer_(layer),
      columns_(static_cast<std::size_t>(columns)),
      width_(static_cast<std::size_t>(width)),
      bits_((static_cast<std::size_t>(columns * width) + 1) / 2),
      factors_(2 * bits_.size()),
      row_(width_) {
  base::expects(threshold_ < whole, "dropout leaves some values");
}

void Dropout::draw(const TrainingRows& rows) {
  const float kept = static_cast<float>(whole) / static_cast<float>(whole - threshold_);
  const std::size_t valid = static_cast<std::size_t>(rows.valid) * width_;
  const auto bits = bits_.span().first((valid + 1) / 2);
  base::Random(rows.seed, base::Purpose::dropout, rows.index + layer_).fill(bits);
  write_factors(bits, threshold_, kept, factors_.data());
  std::fill(factors_.data() + valid, factors_.data() + factors_.size(), 0.0F);
}

void Dropout::forward(Precision precision, const TrainingRows& rows, void* values) {
  draw(rows);
  backward(precision, values);
}

void Dropout::backward(Precision precision, void* derivatives) {
  for (std::size_t first = 0; first < columns_ * width_; first += width_) {
    read_values(precision, derivatives, first, row_.span());
    multiply(row_.span(), factors_.data() + first);
    write_values(precision, row_.span(), derivatives, first);
  }
}

}  // namespace colonnade::nn
