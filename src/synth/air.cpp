#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::synth {
namespace {

/// A temperature profile: a constant lapse rate up to the tropopause, then straight lines in the
/// logarithm of pressure through fixed points.
struct TemperatureCurve {
  double surface_k = 0;
  double log_surface = 0;
  double lapse_power = 0;            ///< d ln T / d ln p in the troposphere
  double inversion_k = 0;            ///< added at the ground, gone at 92 % of the surface pressure
  std::array<double, 4> node_log{};  ///< from the tropopause up
  std::array<double, 4> node_k{};

  [[nodiscard]] double at(double log_pressure) const {
    if (log_pressure >= node_log[0]) {
      return surface_k * std::exp(lapse_power * (log_pressure - log_surface));
    }
    std::size_t node = 0;
    while (node < 2 && log_pressure < node_log[node + 1]) {
      ++node;
    }
    const double x = (log_pressure - node_log[node]) / (node_log[node + 1] - node_log[node]);
    return node_k[node] + x * (node_k[node + 1] - node_k[node]);
  }
};

double draw_tropopause_pa(base::Random& random, const Climate& climate) {
  const double mean = 10500.0 + 14000.0 * climate.sin_latitude * climate.sin_latitude -
                      1500.0 * climate.warm_season;
  return std::clamp(mean * (1.0 + 0.08 * random.normal()), 8000.0, 32000.0);
}

TemperatureCurve draw_temperature(base::Random& random, const Climate& climate,
                                  double tropopause_pa) {
  const double polar = climate.sin_latitude * climate.sin_latitude;
  const double lapse_k_km = 6.4 - 1.4 * polar + random.uniform(-0.5, 0.5);
  TemperatureCurve curve;
  curve.inversion_k = 1.5 * random.normal() - (climate.surface == Surface::snow ? 4.0 : 0.0);
  curve.surface_k = std::min(climate.skin_temperature_k, 306.0) - random.uniform(0.0, 2.0);
  curve.log_surface = std::log(climate.surface_pressure_pa);
  curve.lapse_power = 1e-3 * lapse_k_km * dry_air_gas_constant / gravity_m_s2;
  curve.node_log[0] = std::log(tropopause_pa);
  curve.node_k[0] =
      curve.surface_k * std::exp(curve.lapse_power * (curve.node_log[0] - curve.log_surface));
  constexpr std::array<double, 3> aloft_pa{3000.0, 100.0, 0.5};
  constexpr std::array<double, 3> mean_k{217.0, 263.0, 186.0};
  constexpr std::array<double, 3> season_k{8.0, 9.0, -12.0};
  for (std::size_t node = 0; node < aloft_pa.size(); ++node) {
    curve.node_log[node + 1] = std::log(aloft_pa[node]);
    curve.node_k[node + 1] =
        mean_k[node] + season_k[node] * climate.warm_season + 3.0 * random.normal();
  }
  return curve;
}

void finish_full_levels(Air& air) {
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    air.pressure_pa[k] = 0.5 * (air.pressure_hl_pa[k] + air.pressure_hl_pa[k + 1]);
    air.temperature_k[k] = 0.5 * (air.temperature_hl_k[k] + air.temperature_hl_k[k + 1]);
  }
}

}  // namespace

Air fill_air(base::Random& random, const Climate& climate, std::span<float> hl_inputs) {
  Air air;
  air.tropopause_pa = draw_tropopause_pa(random, climate);
  const auto curve = draw_temperature(random, climate, air.tropopause_pa);
  const auto noise = smooth_noise(random);
  const auto& tables = level_tables();
  const double excess_pa = climate.surface_pressure_pa - standard_pressure_pa;
  double log_below = 0.0;
  for (std::size_t k = data::half_levels; k-- > 0;) {
    const auto pressure =
        static_cast<float>(tables.reference_pressure_pa[k] + tables.surface_share[k] * excess_pa);
    // The top is at 0 Pa; its layer is taken to be one factor of two in pressure thick.
    const double log_pressure =
        k > 0 ? std::log(static_cast<double>(pressure)) : log_below - std::numbers::ln2;
    const double near_ground =
        std::max(0.0, 1.0 - (1.0 - pressure / climate.surface_pressure_pa) / 0.08);
    const double height_share = static_cast<double>(data::full_levels - k) / data::full_levels;
    const double kelvin = curve.at(log_pressure) + curve.inversion_k * near_ground * near_ground +
                          (0.8 + 2.5 * height_share) * noise[k];
    const auto temperature = static_cast<float>(std::clamp(kelvin, 165.0, 325.0));
    air.pressure_hl_pa[k] = pressure;
    air.temperature_hl_k[k] = temperature;
    hl_inputs[2 * k] = temperature;
    hl_inputs[2 * k + 1] = pressure;
    if (k < data::full_levels) {
      air.thickness_m[k] = dry_air_gas_constant / gravity_m_s2 * 0.5 *
                           (air.temperature_hl_k[k] + air.temperature_hl_k[k + 1]) *
                           (log_below - log_pressure);
    }
    log_below = log_pressure;
  }
  finish_full_levels(air);
  return air;
}

}  // namespace colonnade::synth
