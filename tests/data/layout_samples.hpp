#pragma once

#include <colonnade/data/raw_set.hpp>

#include <string>
#include <utility>
#include <vector>

namespace colonnade::data {

/// A raw set of four half levels with every kind of variable: on half levels, between them, scalar
/// groups, grouped full levels, plain full levels; then two targets.
inline RawSet four_half_levels() {
  const auto variable = [](std::string name, std::vector<std::int64_t> shape,
                           std::vector<std::string> names = {}) {
    return RawVariable{std::move(name), std::move(shape), {}, std::move(names), {}, "", ""};
  };
  RawSet set;
  set.column_dim = "column";
  set.variables = {variable("hl", {4, 2}, {"pressure", "temperature"}),
                   variable("overlap", {2}),
                   variable("sca", {3}, {"zenith", "albedo", "skin"}),
                   variable("col", {3, 2}, {"q", "cloud"}),
                   variable("ozone", {3}),
                   variable("flux_dn", {4}),
                   variable("flux_up", {4})};
  set.variables.front().feature_units = {"Pa", "K"};
  set.variables.back().units = "W m-2";
  set.files = {{"raw.nc", 0, 7, {}}};
  return set;
}

inline constexpr std::size_t sample_inputs = 5;  ///< of the variables above

}  // namespace colonnade::data
