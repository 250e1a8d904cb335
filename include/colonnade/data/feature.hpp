#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::data {

/// One number of a column: a variable at one place of its further dimensions.
struct Feature {
  std::string name;         ///< unique: "q[12]" (level 12), "cos_solar_zenith_angle"
  std::string variable;     ///< the name without the place: "q"
  std::string units;        ///< "1" where the file says nothing
  std::int64_t level = -1;  ///< index along the vertical, from 0; -1 for a scalar

  bool operator==(const Feature&) const = default;
};

/// Features of the same variable that follow each other: `count` of them from `first`.
struct FeatureRun {
  std::string variable;
  std::string units;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The runs of equal variables, in order: for tables and profiles per variable.
std::vector<FeatureRun> runs_of(const std::vector<Feature>& features);

/// The chosen features by variable, levels as ranges: {"pressure_hl[0:24]", "co2_vmr[0:137]",
/// "solar_irradiance"}.
std::vector<std::string> compact_names(const std::vector<Feature>& features,
                                       const std::vector<std::size_t>& chosen);

}  // namespace colonnade::data
