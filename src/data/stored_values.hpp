#pragma once

#include <colonnade/data/stored_form.hpp>

#include <span>
#include <vector>

namespace colonnade::data {

/// What a form makes of numbers as they are stored, with all that is the same for each worked out.
class StoredValues {
 public:
  explicit StoredValues(const StoredForm& form);

  /// Makes numbers that are meant unsigned so, before all else.
  void unwrap(std::span<float> stored) const;
  /// Whether a stored number is missing: marked so, outside the valid range, or not finite.
  [[nodiscard]] bool is_missing(float stored) const;
  /// Whether any is: much faster than asking each, and nearly all data have none.
  [[nodiscard]] bool any_missing(std::span<const float> stored) const;
  /// value = stored * scale + offset.
  void unpack(std::span<float> stored) const;
  /// All of this at once: stored numbers to values, NaN where they are missing.
  void decode(std::span<double> stored) const;

 private:
  std::vector<float> missing_;
  float least_, most_;
  float wrap_;
  double scale_, offset_;
};

}  // namespace colonnade::data
