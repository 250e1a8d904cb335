#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::synth {
namespace {

constexpr double cloud_free_share = 0.15;

/// One cloud: where it stands and what it holds.
struct Cloud {
  double top_pa = 0;
  double base_pa = 0;
  double fraction = 0;     ///< at its fullest
  double water_kg_kg = 0;  ///< in the cloud, liquid and ice, at its fullest
  double crown = 1;        ///< factor of the fraction in the upper quarter: an anvil
};

enum class CloudKind { low, middle, high, deep };

CloudKind draw_kind(base::Random& random) {
  const double pick = random.uniform();
  if (pick < 0.45) {
    return CloudKind::low;
  }
  if (pick < 0.62) {
    return CloudKind::middle;
  }
  return pick < 0.90 ? CloudKind::high : CloudKind::deep;
}

/// Place and water of each kind; pressures as shares of the surface pressure.
struct KindTraits {
  double base_low, base_high, thin, thick, water_kg_kg, water_spread;
};

KindTraits traits_of(CloudKind kind) {
  switch (kind) {
    case CloudKind::low:
      return {0.86, 0.98, 0.03, 0.16, 2.0e-4, 0.7};
    case CloudKind::middle:
      return {0.50, 0.75, 0.04, 0.15, 1.0e-4, 0.7};
    case CloudKind::high:
      return {0.25, 0.45, 0.03, 0.15, 2.0e-5, 0.9};
    case CloudKind::deep:
      return {0.85, 0.95, 0.45, 0.70, 4.0e-4, 0.5};
  }
  return {};
}

Cloud draw_cloud(base::Random& random, const Climate& climate, const Air& air) {
  const CloudKind kind = draw_kind(random);
  const auto traits = traits_of(kind);
  const double base = random.uniform(traits.base_low, traits.base_high);
  const double thickness = random.uniform(traits.thin, traits.thick);
  const bool overcast = random.uniform() < 0.2 && kind != CloudKind::deep;
  const double spread = random.uniform();
  const double surface_pa = climate.surface_pressure_pa;

  Cloud cloud;
  cloud.top_pa = std::max((base - thickness) * surface_pa, air.tropopause_pa);
  cloud.base_pa = std::max(base * surface_pa, cloud.top_pa + traits.thin * surface_pa);
  cloud.fraction =
      kind == CloudKind::deep ? 0.03 + 0.4 * spread : 0.02 + 0.97 * spread * std::sqrt(spread);
  if (overcast) {
    cloud.fraction = 1.0;
  }
  cloud.water_kg_kg = traits.water_kg_kg * std::exp(traits.water_spread * random.normal());
  cloud.crown = kind == CloudKind::deep ? 2.0 : 1.0;
  return cloud;
}

/// What a level holds of cloud while the clouds are laid over each other.
struct CloudyLevel {
  double fraction = 0;
  double water_kg_kg = 0;
};
using CloudyLevels = std::array<CloudyLevel, data::full_levels>;

void lay_cloud(base::Random& random, const Air& air, const Cloud& cloud, CloudyLevels& levels) {
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const double x = (air.pressure_pa[k] - cloud.top_pa) / (cloud.base_pa - cloud.top_pa);
    if (x < 0.0 || x > 1.0) {
      continue;
    }
    const double body = 4.0 * x * (1.0 - x);
    const double ragged =
        cloud.fraction < 1.0 ? (0.4 + 0.6 * body) * random.uniform(0.8, 1.0) : 1.0;
    const double crown = x < 0.25 ? cloud.crown : 1.0;
    auto& level = levels[k];
    level.fraction = std::max(level.fraction, std::min(1.0, cloud.fraction * ragged * crown));
    level.water_kg_kg = std::max(level.water_kg_kg, cloud.water_kg_kg * (0.2 + 0.8 * body));
  }
}

double liquid_share(double temperature_k) {
  constexpr double all_ice_k = 250.16;
  const double x = std::clamp((temperature_k - all_ice_k) / (freezing_k - all_ice_k), 0.0, 1.0);
  return x * x;
}

/// Radius of droplets that share the liquid water among their number, m.
double liquid_radius_m(double liquid_kg_kg, double air_density_kg_m3, bool ocean) {
  constexpr double water_density_kg_m3 = 1000.0;
  const double droplets_m3 = ocean ? 0.8e8 : 3.0e8;
  const double volume_m3 = liquid_kg_kg * air_density_kg_m3 / (water_density_kg_m3 * droplets_m3);
  return std::clamp(std::cbrt(0.75 / std::numbers::pi * volume_m3), smallest_liquid_radius_m, 3e-5);
}

double ice_radius_m(double temperature_k, double size_factor) {
  const double warmth = std::clamp((temperature_k - 200.0) / 73.0, 0.0, 1.0);
  return std::clamp((25e-6 + 45e-6 * warmth) * size_factor, 1.5e-5, 1e-4);
}

/// Neighbouring layers decorrelate over a height that shrinks towards the poles, Shonk et al.
/// (2010), doi:10.1002/qj.647.
void fill_overlap(const Climate& climate, const Air& air, std::span<float> inter_inputs) {
  const double decorrelation_m = 2899.0 - 27.59 * std::abs(climate.latitude_deg);
  for (std::size_t k = 0; k < data::inter_levels; ++k) {
    const double distance_m = 0.5 * (air.thickness_m[k] + air.thickness_m[k + 1]);
    inter_inputs[k] = static_cast<float>(std::exp(-distance_m / decorrelation_m));
  }
}

}  // namespace

void fill_clouds(base::Random& random, const Climate& climate, const Air& air,
                 std::span<float> inter_inputs, std::span<float> col_inputs) {
  fill_overlap(climate, air, inter_inputs);
  CloudyLevels levels;
  if (random.uniform() >= cloud_free_share) {
    const double pick = random.uniform();
    const int clouds = 1 + (pick > 0.45 ? 1 : 0) + (pick > 0.8 ? 1 : 0);
    for (int n = 0; n < clouds; ++n) {
      lay_cloud(random, air, draw_cloud(random, climate, air), levels);
    }
  }
  const double size_factor = random.uniform(0.7, 1.3);
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const auto [fraction, water_kg_kg] = levels[k];
    const double temperature_k = air.temperature_k[k];
    const double share = liquid_share(temperature_k);
    const double density_kg_m3 = air.pressure_pa[k] / (dry_air_gas_constant * temperature_k);
    const auto row = level_row(col_inputs, k);
    row[col::cloud_fraction] = static_cast<float>(fraction);
    row[col::q_liquid] = static_cast<float>(fraction * water_kg_kg * share);
    row[col::q_ice] = static_cast<float>(fraction * water_kg_kg * (1.0 - share));
    row[col::re_liquid] = static_cast<float>(smallest_liquid_radius_m);
    row[col::re_ice] = static_cast<float>(default_ice_radius_m);
    if (fraction > 0.0) {
      const bool ocean = climate.surface == Surface::ocean;
      row[col::re_liquid] =
          static_cast<float>(liquid_radius_m(water_kg_kg * share, density_kg_m3, ocean));
      row[col::re_ice] = static_cast<float>(ice_radius_m(temperature_k, size_factor));
    }
  }
}

}  // namespace colonnade::synth
