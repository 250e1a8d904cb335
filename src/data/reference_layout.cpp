#include <colonnade/data/reference_layout.hpp>

#include <fmt/format.h>

#include <utility>

namespace colonnade::data {
namespace {

using Strings = std::vector<std::string>;

const char* const units_per_feature = "see variable_units";

void append_numbered(Strings& names, const std::string& stem, int count) {
  for (int number = 0; number < count; ++number) {
    names.push_back(fmt::format("{}_{}", stem, number));
  }
}

ReferenceVariable half_level_inputs() {
  return {.name = "hl_inputs",
          .shape = {half_levels, 2},
          .dimension_names = {"half_level", "hl_variable"},
          .feature_names = {"temperature_hl", "pressure_hl"},
          .feature_units = {"K", "Pa"},
          .units = units_per_feature,
          .long_name = "half-level inputs, features in hl_variable"};
}

ReferenceVariable inter_level_inputs() {
  return {.name = "inter_inputs",
          .shape = {inter_levels, 1},
          .dimension_names = {"inter_level", "inter_variable"},
          .feature_names = {"overlap_param"},
          .feature_units = {"1"},
          .units = units_per_feature,
          .long_name = "inputs at interfaces between full levels, features in inter_variable"};
}

ReferenceVariable scalar_inputs() {
  Strings names{"skin_temperature", "cos_solar_zenith_angle"};
  append_numbered(names, "sw_albedo_band", 6);
  append_numbered(names, "sw_albedo_direct_band", 6);
  append_numbered(names, "lw_emissivity_band", 2);
  names.emplace_back("solar_irradiance");
  Strings units{"K"};
  units.resize(names.size() - 1, "1");
  units.emplace_back("W m-2");
  return {.name = "sca_inputs",
          .shape = {names.size()},
          .dimension_names = {"sca_variable"},
          .feature_names = names,
          .feature_units = std::move(units),
          .units = units_per_feature,
          .long_name = "scalar (column) inputs, features in sca_variable"};
}

ReferenceVariable full_level_inputs() {
  Strings names{"q",         "o3_mmr",    "co2_vmr",    "n2o_vmr",  "ch4_vmr",       "o2_vmr",
                "cfc11_vmr", "cfc12_vmr", "hcfc22_vmr", "ccl4_vmr", "cloud_fraction"};
  Strings units{"kg kg-1", "kg kg-1"};
  units.resize(names.size(), "1");
  append_numbered(names, "aerosol_mmr", 12);
  names.insert(names.end(), {"q_liquid", "q_ice"});
  units.resize(names.size(), "kg kg-1");
  names.insert(names.end(), {"re_liquid", "re_ice"});
  units.resize(names.size(), "m");
  return {.name = "col_inputs",
          .shape = {full_levels, names.size()},
          .dimension_names = {"level", "col_variable"},
          .feature_names = names,
          .feature_units = std::move(units),
          .units = units_per_feature,
          .long_name = "full-level inputs, features in col_variable"};
}

ReferenceVariable flux_change(const std::string& name, const std::string& which) {
  return {.name = name,
          .shape = {half_levels},
          .dimension_names = {"half_level"},
          .feature_names = {},
          .feature_units = {},
          .units = "W m-2",
          .long_name = which + " flux 3D correction: with cloud sides minus without",
          .target = true};
}

}  // namespace

const std::vector<ReferenceVariable>& reference_variables() {
  static const std::vector<ReferenceVariable> variables{
      half_level_inputs(),
      inter_level_inputs(),
      scalar_inputs(),
      full_level_inputs(),
      flux_change("flux_dn_sw", "downwelling shortwave"),
      flux_change("flux_up_sw", "upwelling shortwave"),
      flux_change("flux_dn_lw", "downwelling longwave"),
      flux_change("flux_up_lw", "upwelling longwave")};
  return variables;
}

}  // namespace colonnade::data
