#include "data/stored_values.hpp"

#include <colonnade/base/vectors.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace colonnade::data {

namespace {

/// The value that NetCDF gives to what was never written.
constexpr float netcdf_default_fill = 9.9692099683868690e+36F;

/// Numbers as they are compared with what was read as float.
float as_float(double number) {
  constexpr double most = std::numeric_limits<float>::max();
  return static_cast<float>(std::isnan(number) ? number : std::clamp(number, -most, most));
}

/// Without a branch, so that it runs at the speed of memory.
COLONNADE_VECTOR_WIDTHS bool any_outside(std::span<const float> values, float least, float most) {
  int found = 0;
  for (const float value : values)
    found |= static_cast<int>(!(value >= least)) | static_cast<int>(!(value <= most));
  return found != 0;
}

COLONNADE_VECTOR_WIDTHS bool any_equal(std::span<const float> values, float mark) {
  int found = 0;
  for (const float value : values) found |= static_cast<int>(value == mark);
  return found != 0;
}

COLONNADE_VECTOR_WIDTHS void add_to_negative(std::span<float> values, float wrap) {
  for (float& value : values) value += value < 0.0F ? wrap : 0.0F;
}

COLONNADE_VECTOR_WIDTHS void scale_and_shift(std::span<float> values, double scale, double offset) {
  for (float& value : values)
    value = static_cast<float>(static_cast<double>(value) * scale + offset);
}

}  // namespace

StoredValues::StoredValues(const StoredForm& form)
    : least_(as_float(form.least)),
      most_(as_float(form.most)),
      wrap_(as_float(form.wrap)),
      scale_(form.scale),
      offset_(form.offset) {
  for (const double mark : form.missing) missing_.push_back(as_float(mark));
  if (missing_.empty()) missing_.push_back(netcdf_default_fill);
}

void StoredValues::unwrap(std::span<float> stored) const {
  if (wrap_ > 0.0F) add_to_negative(stored, wrap_);
}

bool StoredValues::is_missing(float stored) const {
  return !(stored >= least_ && stored <= most_) ||
         std::find(missing_.begin(), missing_.end(), stored) != missing_.end();
}

bool StoredValues::any_missing(std::span<const float> stored) const {
  return any_outside(stored, least_, most_) ||
         std::any_of(missing_.begin(), missing_.end(),
                     [&](float mark) { return any_equal(stored, mark); });
}

void StoredValues::unpack(std::span<float> stored) const {
  if (scale_ != 1.0 || offset_ != 0.0) scale_and_shift(stored, scale_, offset_);
}

void StoredValues::decode(std::span<double> stored) const {
  for (double& number : stored) {
    if (number < 0.0) number += static_cast<double>(wrap_);
    const bool is_float = std::abs(number) <= std::numeric_limits<float>::max();
    number = is_float && !is_missing(static_cast<float>(number))
                 ? number * scale_ + offset_
                 : std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace colonnade::data
