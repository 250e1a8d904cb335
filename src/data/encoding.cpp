#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/data/encoding.hpp>

#include <algorithm>

namespace colonnade::data {

namespace {

COLONNADE_VECTOR_WIDTHS void normalise_row(std::span<float> row, const double* offset,
                                           const double* inverse) {
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = static_cast<float>((static_cast<double>(row[i]) - offset[i]) * inverse[i]);
}

COLONNADE_VECTOR_WIDTHS void denormalise_row(std::span<float> row, const double* offset,
                                             const double* scale) {
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = static_cast<float>(static_cast<double>(row[i]) * scale[i] + offset[i]);
}

}  // namespace

RowEncoder::RowEncoder(const Encoding& encoding)
    : offset_(encoding.offset), scale_(encoding.scale) {
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

void RowEncoder::transform(std::span<float> row) const {
  for (const Run& run : runs_) run.transform.apply(row.data() + run.first, run.count);
}

void RowEncoder::normalise(std::span<float> row) const {
  if (!inverse_.empty()) normalise_row(row, offset_.data(), inverse_.data());
}

void RowEncoder::decode(std::span<float> row) const {
  denormalise_row(row, offset_.data(), scale_.data());
  for (const Run& run : runs_) run.transform.invert(row.data() + run.first, run.count);
}

std::vector<std::size_t> Encoding::constants() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < scale.size(); ++i)
    if (scale[i] == 0.0) found.push_back(i);
  return found;
}

bool Encoding::may_leave_numbers() const {
  return std::any_of(transforms.begin(), transforms.end(),
                     [](const Transform& transform) { return transform.may_leave_numbers(); });
}

void Encoding::transform_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  const RowEncoder encoder(*this);
  for (std::size_t row = 0; row < rows.size(); row += width())
    encoder.transform(rows.subspan(row, width()));
}

void Encoding::normalise_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  const RowEncoder encoder(*this);
  for (std::size_t row = 0; row < rows.size(); row += width())
    encoder.normalise(rows.subspan(row, width()));
}

void Encoding::encode_rows(std::span<float> rows) const {
  transform_rows(rows);
  normalise_rows(rows);
}

void Encoding::decode_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  const RowEncoder encoder(*this);
  for (std::size_t row = 0; row < rows.size(); row += width())
    encoder.decode(rows.subspan(row, width()));
}

}  // namespace colonnade::data
