#pragma once

#include <colonnade/data/feature.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace colonnade::data {

/// A function of one value, applied before statistics and normalisation.
///
/// root2, root4 and log1p are odd: they keep the sign, so that fluxes and differences have them
/// too.
struct Transform {
  enum class Kind : std::uint8_t { identity, root2, root4, log1p, clip };

  Kind kind = Kind::identity;
  double low = 0.0;   ///< clip only
  double high = 0.0;  ///< clip only

  /// Applies the transform to `count` values in place.
  void apply(float* values, std::size_t count) const;
  /// Takes the transform back in place; clip cannot be taken back and leaves the values as they
  /// are.
  void invert(float* values, std::size_t count) const;
  /// "root4", "clip:0:1".
  [[nodiscard]] std::string text() const;
  /// Reads text(); throws a usage error naming the known transforms.
  static Transform parse(std::string_view text);

  bool operator==(const Transform&) const = default;
};

/// Reads "q_liquid=root4 pressure_hl=log1p cloud_fraction=clip:0:1": transforms by variable name.
std::map<std::string, Transform> parse_transforms(std::string_view text);

}  // namespace colonnade::data
