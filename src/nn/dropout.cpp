#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>

#include <nn/dropout.hpp>
#include <nn/row_values.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::nn {

namespace {

constexpr std::uint32_t whole = 1U << 16;

}  // namespace

Dropout::Dropout(double part, std::uint64_t layer, std::int64_t columns, std::int64_t width)
    : threshold_(static_cast<std::uint32_t>(std::lround(part * whole))),
      layer_(layer),
      width_(static_cast<std::size_t>(width)),
      factors_(static_cast<std::size_t>(columns * width)),
      row_(width_) {
  base::expects(threshold_ < whole, "dropout leaves some values");
}

void Dropout::draw(const TrainingRows& rows) {
  base::Random random(rows.seed, base::Purpose::dropout, rows.index + layer_);
  const float kept = static_cast<float>(whole) / static_cast<float>(whole - threshold_);
  const std::size_t valid = static_cast<std::size_t>(rows.valid) * width_;
  for (std::size_t i = 0; i < valid; i += 2) {
    const std::uint32_t bits = random.next_u32();
    factors_.data()[i] = (bits & (whole - 1)) < threshold_ ? 0.0F : kept;
    if (i + 1 < valid) factors_.data()[i + 1] = bits >> 16 < threshold_ ? 0.0F : kept;
  }
  std::fill(factors_.data() + valid, factors_.data() + factors_.size(), 0.0F);
}

void Dropout::forward(Precision precision, const TrainingRows& rows, void* values) {
  draw(rows);
  backward(precision, values);
}

void Dropout::backward(Precision precision, void* derivatives) {
  for (std::size_t first = 0; first < factors_.size(); first += width_) {
    read_values(precision, derivatives, first, row_.span());
    for (std::size_t u = 0; u < width_; ++u) row_.data()[u] *= factors_.data()[first + u];
    write_values(precision, row_.span(), derivatives, first);
  }
}

}  // namespace colonnade::nn
