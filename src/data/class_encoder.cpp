#include "data/class_encoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

ClassEncoder::ClassEncoder(const Recipe& recipe)
    : kind_(recipe.classes->kind),
      form_(recipe.classes->form),
      variable_(recipe.targets.front().name),
      first_(static_cast<std::size_t>(recipe.array("y").places.front())),
      width_(static_cast<std::size_t>(recipe.targets.front().width())) {
  const auto& classes = recipe.classes->classes;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i].values.empty()) rest_ = i;
    for (const auto& [low, high] : classes[i].values)
      intervals_.push_back({static_cast<float>(low), static_cast<float>(high), i});
  }
  std::sort(intervals_.begin(), intervals_.end(),
            [](const Interval& a, const Interval& b) { return a.low < b.low; });
}

std::optional<std::size_t> ClassEncoder::class_of(float value) const {
  const auto after = std::upper_bound(
      intervals_.begin(), intervals_.end(), value,
      [](float wanted, const Interval& interval) { return wanted < interval.low; });
  if (after != intervals_.begin() && value <= std::prev(after)->high) return std::prev(after)->of;
  return rest_;
}

std::optional<Error> ClassEncoder::encode(std::span<const float> raw_row,
                                          std::span<float> row) const {
  const auto values = raw_row.subspan(first_, width_);
  if (form_ == Classes::Form::sparse) return encode_list(values, row);
  std::copy(values.begin(), values.end(), row.begin());
  return check_dense(row);
}

/// Values that are missing fill up a list.
std::optional<Error> ClassEncoder::encode_list(std::span<const float> values,
                                               std::span<float> row) const {
  std::fill(row.begin(), row.end(), 0.0F);
  for (const float value : values) {
    if (std::isnan(value) && kind_ == Classes::Kind::many) continue;
    if (std::isnan(value))
      return Error(ErrorKind::data, "the column's class is missing, and is not filled in",
                   {.variable = variable_, .hint = "drop such columns with --missing drop-any"});
    const auto found = class_of(value);
    if (!found)
      return Error(ErrorKind::data, "the value belongs to no class",
                   {.variable = variable_,
                    .value = fmt::format("{}", value),
                    .hint = fmt::format("{} has values from {} to {}: add a class that has it, or "
                                        "one for all others, as in \"rest: *\"",
                                        kind_ == Classes::Kind::one ? "--classes" : "--labels",
                                        intervals_.front().low, intervals_.back().high)});
    row[*found] = 1.0F;
  }
  return std::nullopt;
}

std::optional<Error> ClassEncoder::check_dense(std::span<const float> row) const {
  const auto other = std::find_if(row.begin(), row.end(),
                                  [](float value) { return value != 0.0F && value != 1.0F; });
  if (other != row.end())
    return Error(ErrorKind::data, "a target with a value for each class holds 0 and 1 alone",
                 {.variable = variable_,
                  .value = fmt::format("{}", *other),
                  .hint = "where it lists class numbers, give each class its number, as in "
                          "\"water: 0, forest: 1\""});
  const auto ones = std::count(row.begin(), row.end(), 1.0F);
  if (kind_ == Classes::Kind::one && ones != 1)
    return Error(ErrorKind::data, "the column does not belong to exactly one class",
                 {.variable = variable_,
                  .value = fmt::format("{} classes", ones),
                  .hint = "columns that belong to several classes want --labels"});
  return std::nullopt;
}

}  // namespace colonnade::data
