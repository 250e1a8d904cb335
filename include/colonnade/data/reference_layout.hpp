#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace colonnade::data {

inline constexpr std::size_t full_levels = 137;
inline constexpr std::size_t half_levels = full_levels + 1;
inline constexpr std::size_t inter_levels = full_levels - 1;

/// One variable of the 3D-correction layout, as it stands in a raw file behind the dimension
/// `column`.
struct ReferenceVariable {
  std::string name;
  std::vector<std::size_t> shape;            ///< without the column dimension
  std::vector<std::string> dimension_names;  ///< one per entry of shape
  std::vector<std::string> feature_names;    ///< of the last dimension; empty for the targets
  std::vector<std::string> feature_units;    ///< one per feature name
  std::string units;                         ///< the attribute `units` of the whole variable
  std::string long_name;
  bool target = false;
};

/// The eight variables of the 3D-correction layout in flat order: four inputs (4128 values a
/// column), then four targets (552 values a column, W m-2, positive in their own direction).
const std::vector<ReferenceVariable>& reference_variables();

}  // namespace colonnade::data
