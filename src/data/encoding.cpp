#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/data/encoding.hpp>

namespace colonnade::data {

namespace {

/// Stretches of features with the same transform, other than identity.
struct Stretch {
  std::size_t first, count;
  Transform transform;
};

std::vector<Stretch> stretches_of(const std::vector<Transform>& transforms) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < transforms.size(); ++i) {
    if (transforms[i].kind == Transform::Kind::identity) continue;
    const bool follows = !stretches.empty() && stretches.back().transform == transforms[i] &&
                         stretches.back().first + stretches.back().count == i;
    if (follows)
      ++stretches.back().count;
    else
      stretches.push_back({i, 1, transforms[i]});
  }
  return stretches;
}

COLONNADE_VECTOR_WIDTHS void normalise_row(std::span<float> row, const double* offset,
                                           const double* inverse) {
  for (std::size_t i = 0; i < row.size(); ++i)
    row[i] = static_cast<float>((static_cast<double>(row[i]) - offset[i]) * inverse[i]);
}

}  // namespace

std::vector<std::size_t> Encoding::constants() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < scale.size(); ++i)
    if (scale[i] == 0.0) found.push_back(i);
  return found;
}

void Encoding::transform_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  const auto stretches = stretches_of(transforms);
  for (std::size_t row = 0; row < rows.size(); row += width())
    for (const auto& stretch : stretches)
      stretch.transform.apply(rows.data() + row + stretch.first, stretch.count);
}

void Encoding::normalise_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  std::vector<double> inverse(width());
  bool changes = false;
  for (std::size_t i = 0; i < width(); ++i) {
    inverse[i] = scale[i] == 0.0 ? 0.0 : 1.0 / scale[i];
    changes = changes || offset[i] != 0.0 || scale[i] != 1.0;
  }
  if (!changes) return;
  for (std::size_t row = 0; row < rows.size(); row += width())
    normalise_row(rows.subspan(row, width()), offset.data(), inverse.data());
}

void Encoding::encode_rows(std::span<float> rows) const {
  transform_rows(rows);
  normalise_rows(rows);
}

void Encoding::decode_rows(std::span<float> rows) const {
  base::expects(rows.size() % width() == 0, "rows have the encoding's width");
  const auto stretches = stretches_of(transforms);
  for (std::size_t row = 0; row < rows.size(); row += width()) {
    float* values = rows.data() + row;
    for (std::size_t i = 0; i < width(); ++i)
      values[i] = static_cast<float>(static_cast<double>(values[i]) * scale[i] + offset[i]);
    for (const auto& stretch : stretches)
      stretch.transform.invert(values + stretch.first, stretch.count);
  }
}

}  // namespace colonnade::data
