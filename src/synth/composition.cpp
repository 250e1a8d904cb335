#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>

namespace colonnade::synth {
namespace {

/// Saturation specific humidity over water above freezing, over ice below (Tetens' formula with
/// the coefficients of Buck 1981), kg kg-1.
double saturation_humidity(double temperature_k, double pressure_pa) {
  const bool ice = temperature_k < freezing_k;
  const double slope = ice ? 22.587 : 17.502;
  const double offset_k = ice ? -0.7 : 32.19;
  const double vapour_pa =
      611.21 * std::exp(slope * (temperature_k - freezing_k) / (temperature_k - offset_k));
  return 0.622 * vapour_pa / std::max(pressure_pa - 0.378 * vapour_pa, vapour_pa);
}

/// Surface volume mixing ratios: n2o, ch4, cfc11, cfc12, hcfc22, ccl4.
constexpr std::array<double, 6> gas_at_surface{3.26e-7, 1.9e-6, 7.5e-10, 4.9e-10, 1.6e-10, 8.4e-11};
constexpr std::array<std::size_t, 6> gas_feature{col::n2o_vmr,   col::ch4_vmr,    col::cfc11_vmr,
                                                 col::cfc12_vmr, col::hcfc22_vmr, col::ccl4_vmr};

/// Mean mass mixing ratios at the surface, kg kg-1 (the last type: in the stratosphere): three
/// sizes of sea salt, three of dust, two organic, two of soot, sulphate, stratospheric sulphate.
constexpr std::array<double, col::aerosols> aerosol_at_surface{1.9e-9,  4.9e-8,  5.8e-8,  6.2e-9,
                                                               1.3e-8,  1.4e-8,  7.2e-10, 2.3e-9,
                                                               2.1e-10, 7.2e-11, 7.8e-10, 6e-10};

double aerosol_scale(std::size_t type, Surface surface) {
  if (type < 3) {
    return surface == Surface::ocean ? 1.6 : 0.4;
  }
  if (type < 6) {
    return surface == Surface::desert ? 5.0 : 0.5;
  }
  if (type < 10) {
    return surface == Surface::vegetation ? 1.8 : 0.6;
  }
  return 1.0;
}

}  // namespace

void fill_humidity(base::Random& random, const Climate& climate, const Air& air,
                   std::span<float> col_inputs) {
  constexpr double driest = 2e-6;
  const auto noise = smooth_noise(random);
  const double at_surface =
      random.uniform(0.6, 0.9) * (climate.surface == Surface::desert ? 0.5 : 1.0);
  const double aloft = random.uniform(0.15, 0.5);
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const auto row = level_row(col_inputs, k);
    if (air.pressure_pa[k] < air.tropopause_pa) {
      const double rise = 1.0 - air.pressure_pa[k] / air.tropopause_pa;
      row[col::q] = static_cast<float>(driest * (1.0 + rise * (0.7 + 0.15 * noise[k])));
      continue;
    }
    const double share = air.pressure_pa[k] / climate.surface_pressure_pa;
    const double clear =
        std::clamp(aloft + (at_surface - aloft) * share * share + 0.12 * noise[k], 0.03, 0.95);
    const double moist = clear + (1.0 - clear) * row[col::cloud_fraction];
    const double saturated = saturation_humidity(air.temperature_k[k], air.pressure_pa[k]);
    row[col::q] = static_cast<float>(std::max(driest, moist * saturated));
  }
}

void fill_gases(base::Random& random, const Climate& climate, const Air& air,
                std::span<float> col_inputs) {
  const auto& tables = level_tables();
  const double polar = climate.sin_latitude * climate.sin_latitude;
  const double peak = (1.55e-5 - 4e-6 * polar) * (1.0 + 0.07 * random.normal());
  const double peak_log = std::log(850.0 + 500.0 * polar);
  const double ground = 4e-8 * (1.0 + 0.2 * random.normal() * (1.0 - polar));
  constexpr double width = 1.35;
  const double carbon_dioxide = 4.0e-4 * (1.0 + 0.02 * random.normal());
  std::array<double, gas_at_surface.size()> amount;
  for (std::size_t gas = 0; gas < amount.size(); ++gas) {
    amount[gas] = gas_at_surface[gas] * (1.0 + 0.02 * random.normal());
  }
  const double descent = 0.7 * polar;  // old air from above lies lower at the poles
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const auto row = level_row(col_inputs, k);
    const double distance = (std::log(air.pressure_pa[k]) - peak_log) / width;
    row[col::o3_mmr] = static_cast<float>(ground + peak * std::exp(-0.5 * distance * distance));
    const double young = tables.gas_shape[0][k];
    row[col::co2_vmr] = static_cast<float>(carbon_dioxide * (0.97 + 0.03 * young));
    row[col::o2_vmr] = 0.20944F;
    for (std::size_t gas = 0; gas < amount.size(); ++gas) {
      const double shape = tables.gas_shape[gas][k];
      row[gas_feature[gas]] =
          static_cast<float>(amount[gas] * shape * (1.0 - descent * (1.0 - shape)));
    }
  }
}

void fill_aerosols(base::Random& random, const Climate& climate, std::span<float> col_inputs) {
  const auto& tables = level_tables();
  for (std::size_t type = 0; type < col::aerosols; ++type) {
    const double amount = aerosol_at_surface[type] * aerosol_scale(type, climate.surface) *
                          std::exp(0.5 * random.normal());
    for (std::size_t k = 0; k < data::full_levels; ++k) {
      level_row(col_inputs, k)[col::aerosol_mmr + type] =
          static_cast<float>(amount * tables.aerosol_shape[type][k]);
    }
  }
}

}  // namespace colonnade::synth
