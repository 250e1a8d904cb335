#pragma once

#include <colonnade/base/random.hpp>
#include <colonnade/synth/column.hpp>

#include <array>
#include <cstddef>
#include <span>

/// The parts that a synthetic column is put together from; not seen outside the module's sources.
namespace colonnade::synth {

inline constexpr double gravity_m_s2 = 9.80665;
inline constexpr double dry_air_gas_constant = 287.05;  // J kg-1 K-1
inline constexpr double standard_pressure_pa = 101325.0;
inline constexpr double freezing_k = 273.16;
inline constexpr double smallest_liquid_radius_m = 4.001e-6;
inline constexpr double default_ice_radius_m = 5.1975e-5;

/// Places of the features in a row of col_inputs.
namespace col {
inline constexpr std::size_t q = 0, o3_mmr = 1, co2_vmr = 2, n2o_vmr = 3, ch4_vmr = 4, o2_vmr = 5,
                             cfc11_vmr = 6, cfc12_vmr = 7, hcfc22_vmr = 8, ccl4_vmr = 9,
                             cloud_fraction = 10, aerosol_mmr = 11, q_liquid = 23, q_ice = 24,
                             re_liquid = 25, re_ice = 26, features = 27, aerosols = 12;
}  // namespace col

/// Places of the features in sca_inputs.
namespace sca {
inline constexpr std::size_t skin_temperature = 0, cos_zenith = 1, sw_albedo = 2,
                             sw_albedo_direct = 8, lw_emissivity = 14, solar_irradiance = 16,
                             features = 17, sw_bands = 6;
}  // namespace sca

/// A row of col_inputs.
inline std::span<float> level_row(std::span<float> col_inputs, std::size_t level) {
  return col_inputs.subspan(level * col::features, col::features);
}

enum class Surface { ocean, vegetation, desert, snow };

/// Where and when a column stands.
struct Climate {
  double sin_latitude = 0;
  double latitude_deg = 0;
  double warm_season = 0;  ///< -1 in the depth of the local winter, 1 in summer, by |sin latitude|
  double cos_zenith = 0;   ///< 0 at night
  double solar_irradiance_w_m2 = 0;
  double skin_temperature_k = 0;
  double surface_pressure_pa = 0;
  Surface surface = Surface::ocean;
};

/// The air of a column, made of the float32 values that are stored.
struct Air {
  std::array<double, data::half_levels> pressure_hl_pa, temperature_hl_k;
  std::array<double, data::full_levels> pressure_pa, temperature_k;
  std::array<double, data::full_levels> thickness_m;  ///< hydrostatic, of dry air
  double tropopause_pa = 0;
};

/// Vertical shapes that are the same in every column, by level from the top.
struct LevelTables {
  std::array<double, data::half_levels> reference_pressure_pa;  ///< at standard surface pressure
  std::array<double, data::half_levels> surface_share;          ///< d pressure / d surface pressure
  /// Share left of the surface mixing ratio: n2o, ch4, cfc11, cfc12, hcfc22, ccl4.
  std::array<std::array<double, data::full_levels>, 6> gas_shape;
  std::array<std::array<double, data::full_levels>, col::aerosols> aerosol_shape;
};

/// The tables, made at the first call.
const LevelTables& level_tables();

/// One normal number per 12 levels, joined smoothly: a disturbance of a profile.
std::array<double, data::half_levels> smooth_noise(base::Random& random);

/// Draws place, season, sun, surface type, skin temperature and surface pressure.
Climate draw_climate(base::Random& random);

/// Fills sca_inputs: temperature, sun, albedos, emissivities.
void fill_scalars(base::Random& random, const Climate& climate, std::span<float> sca_inputs);

/// Fills hl_inputs with pressure and temperature, and returns the air they describe.
Air fill_air(base::Random& random, const Climate& climate, std::span<float> hl_inputs);

/// Fills the overlap parameter and, in col_inputs, cloud fraction, water, ice and radii.
void fill_clouds(base::Random& random, const Climate& climate, const Air& air,
                 std::span<float> inter_inputs, std::span<float> col_inputs);

/// Fills specific humidity; needs the cloud fraction, for clouds stand in moist air.
void fill_humidity(base::Random& random, const Climate& climate, const Air& air,
                   std::span<float> col_inputs);

/// Fills ozone and the well-mixed gases.
void fill_gases(base::Random& random, const Climate& climate, const Air& air,
                std::span<float> col_inputs);

/// Fills the twelve aerosol types from climatological profiles.
void fill_aerosols(base::Random& random, const Climate& climate, std::span<float> col_inputs);

}  // namespace colonnade::synth
