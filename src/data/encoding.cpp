#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/data/encoding.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::data {

namespace {

/// Of so many features at once: what is read for each, and a block of them, stay in the first-level
/// cache.
constexpr std::size_t block_features = 512;

COLONNADE_VECTOR_WIDTHS void normalise_values(float* values, std::size_t count,
                                              const double* offset, const double* inverse) {
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((static_cast<double>(values[i]) - offset[i]) * inverse[i]);
}

COLONNADE_VECTOR_WIDTHS void denormalise_values(float* values, std::size_t count,
                                                const double* offset, const double* scale) {
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(static_cast<double>(values[i]) * scale[i] + offset[i]);
}

/// Calls work(block, first row) for all values of all rows.
template <typename Work>
void each_block(std::span<float> rows, std::size_t width, const Work& work) {
  const std::size_t all = width == 0 ? 0 : rows.size() / width;
  for (std::size_t row = 0; row < all; row += RowBlock::most_rows)
    for (std::size_t first = 0; first < width; first += block_features)
      work({.values = rows.data() + row * width + first,
            .rows = std::min(RowBlock::most_rows, all - row),
            .stride = width,
            .first = first,
            .count = std::min(block_features, width - first)},
           row);
}

/// Calls work(values) for each row of a block.
template <typename Work>
void each_row(const RowBlock& block, const Work& work) {
  for (std::size_t row = 0; row < block.rows; ++row) work(block.values + row * block.stride);
}

}  // namespace

RowEncoder::RowEncoder(const Encoding& encoding)
    : width_(encoding.width()), offset_(encoding.offset), scale_(encoding.scale) {
  bool changes = false;
  for (std::size_t i = 0; i < encoding.width(); ++i) {
    const auto& transform = encoding.transforms[i];
    const double scale = encoding.scale.empty() ? 1.0 : encoding.scale[i];
    inverse_.push_back(scale == 0.0 ? 0.0 : 1.0 / scale);
    changes = changes || scale != 1.0 || (!offset_.empty() && offset_[i] != 0.0);
    if (transform.is_identity()) continue;
    if (!runs_.empty() && runs_.back().transform == transform &&
        runs_.back().first + runs_.back().count == i)
      ++runs_.back().count;
    else
      runs_.push_back({i, 1, transform});
  }
  if (!changes) inverse_.clear();
}

void RowEncoder::encode(const RowGather& gather, std::span<const float> raw, std::size_t raw_width,
                        std::span<float> rows) const {
  each_block(rows, width_, [&](const RowBlock& block, std::size_t first_row) {
    gather(raw.subspan(first_row * raw_width), raw_width, block);
    transform(block);
    normalise(block);
  });
}

void RowEncoder::transform(const RowBlock& block) const {
  for (const Run& run : runs_) {
    const std::size_t begin = std::max(run.first, block.first),
                      end = std::min(run.first + run.count, block.first + block.count);
    if (begin < end)
      each_row(block, [&](float* values) {
        run.transform.apply(values + (begin - block.first), end - begin);
      });
  }
}

void RowEncoder::normalise(const RowBlock& block) const {
  if (inverse_.empty()) return;
  each_row(block, [&](float* values) {
    normalise_values(values, block.count, &offset_[block.first], &inverse_[block.first]);
  });
}

void RowEncoder::transform(std::span<float> rows) const {
  if (runs_.empty()) return;
  each_block(rows, width_, [this](const RowBlock& block, std::size_t) { transform(block); });
}

void RowEncoder::normalise(std::span<float> rows) const {
  if (inverse_.empty()) return;
  each_block(rows, width_, [this](const RowBlock& block, std::size_t) { normalise(block); });
}

void RowEncoder::decode(std::span<float> rows) const {
  each_block(rows, width_, [this](const RowBlock& block, std::size_t) {
    each_row(block, [&](float* values) {
      denormalise_values(values, block.count, &offset_[block.first], &scale_[block.first]);
    });
  });
  for (std::size_t row = 0; !runs_.empty() && row < rows.size(); row += width_)
    for (const Run& run : runs_) run.transform.invert(rows.data() + row + run.first, run.count);
}

std::vector<std::size_t> Statistics::constants() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < min.size(); ++i)
    if (min[i] == max[i]) found.push_back(i);
  return found;
}

std::vector<std::size_t> Encoding::constants() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < scale.size(); ++i)
    if (scale[i] == 0.0) found.push_back(i);
  return found;
}

base::Error transform_error(const Encoding& encoding, std::size_t feature, float raw, float result,
                            base::Facts facts) {
  facts.variable = encoding.features[feature].name;
  // The sign of a NaN is the processor's.
  facts.value = fmt::format("{} of {}", std::isnan(result) ? "nan" : fmt::to_string(result), raw);
  return {base::ErrorKind::data,
          "the transform " + encoding.transforms[feature].text() + " gives no finite number",
          std::move(facts)};
}

bool Encoding::may_leave_numbers() const {
  return std::any_of(transforms.begin(), transforms.end(),
                     [](const Transform& transform) { return transform.may_leave_numbers(); });
}

void Encoding::transform_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  RowEncoder(*this).transform(rows);
}

void Encoding::normalise_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  RowEncoder(*this).normalise(rows);
}

void Encoding::encode_rows(std::span<float> rows) const {
  transform_rows(rows);
  normalise_rows(rows);
}

void Encoding::decode_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  RowEncoder(*this).decode(rows);
}

}  // namespace colonnade::data
