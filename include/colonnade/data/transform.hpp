#pragma once

#include <colonnade/data/feature.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace colonnade::data {

/// A function of one value, applied before statistics and normalisation: a chain of steps.
///
/// root2, root4 and log1p are odd: they keep the sign, so that fluxes and differences have them
/// too. log, the natural one, leaves the numbers at 0 and below. fill makes a number of a NaN.
struct Transform {
  enum class Kind : std::uint8_t { root2, root4, log1p, log, clip, scale, offset, fill };

  struct Step {
    Kind kind;
    double first = 0.0;   ///< clip: the least value; scale, offset, fill: the number
    double second = 0.0;  ///< clip: the largest value
    bool operator==(const Step&) const = default;
  };

  Transform() = default;
  /// A chain of one step.
  Transform(Kind kind, double first = 0.0, double second = 0.0) : steps{{kind, first, second}} {}

  std::vector<Step> steps{};  ///< in the order of their application; none: the identity

  [[nodiscard]] bool is_identity() const { return steps.empty(); }
  /// Whether it makes a number of a NaN.
  [[nodiscard]] bool fills() const;
  /// Whether it may make what is no finite number of a finite one.
  [[nodiscard]] bool may_leave_numbers() const;
  /// Applies the transform to `count` values in place.
  void apply(float* values, std::size_t count) const;
  /// Takes the transform back in place; clip and fill cannot be taken back and leave the values as
  /// they are.
  void invert(float* values, std::size_t count) const;
  /// "root4", "scale:0.00025|clip:0:1".
  [[nodiscard]] std::string text() const;
  /// Reads text(); throws a usage error naming the known transforms.
  static Transform parse(std::string_view text);

  bool operator==(const Transform&) const = default;
};

/// Reads "q_liquid=root4 pressure_hl=log1p reflectance=scale:0.00025|clip:0:1": transforms by
/// variable name.
std::map<std::string, Transform> parse_transforms(std::string_view text);

}  // namespace colonnade::data
