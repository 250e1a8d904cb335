#pragma once

#include <colonnade/base/error.hpp>
#include <colonnade/data/recipe.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Makes rows of classes from raw rows, with all that is the same for each worked out.
class ClassEncoder {
 public:
  /// `recipe` has classes.
  explicit ClassEncoder(const Recipe& recipe);

  /// Sets `row` to 1 for each class that the raw row tells, else to 0. Returns a data error naming
  /// variable and value when a value belongs to no class, or a column not to exactly one
  /// (Kind::one).
  [[nodiscard]] std::optional<base::Error> encode(std::span<const float> raw_row,
                                                  std::span<float> row) const;

 private:
  struct Interval {
    float low, high;
    std::size_t of;  ///< class
  };

  [[nodiscard]] std::optional<std::size_t> class_of(float value) const;
  [[nodiscard]] std::optional<base::Error> encode_list(std::span<const float> values,
                                                       std::span<float> row) const;
  [[nodiscard]] std::optional<base::Error> check_dense(std::span<const float> row) const;

  Classes::Kind kind_;
  Classes::Form form_;
  std::string variable_;
  std::size_t first_, width_;          ///< of the target among a column's raw values
  std::vector<Interval> intervals_{};  ///< ascending
  std::optional<std::size_t> rest_{};  ///< the class of all other values
};

}  // namespace colonnade::data
