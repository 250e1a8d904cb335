#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::synth {
namespace {

constexpr double night_share = 0.15;

Surface draw_surface(base::Random& random, double latitude_deg, double temperature_k) {
  const bool frozen = temperature_k < 266.0 && random.uniform() < 0.7;
  const double pick = random.uniform();
  if (frozen) {
    return Surface::snow;
  }
  if (pick < 0.62) {
    return Surface::ocean;
  }
  return pick > 0.87 && std::abs(latitude_deg) < 45.0 ? Surface::desert : Surface::vegetation;
}

double draw_height_m(base::Random& random, Surface surface) {
  const double pick = random.uniform();
  return surface == Surface::ocean ? 0.0 : 3000.0 * pick * pick * pick;
}

/// Albedo in the visible and the near infrared, and emissivity outside and in the window.
struct SurfaceColour {
  double visible;
  double near_infrared;
  double emissivity;
  double emissivity_window;
};

SurfaceColour surface_colour(Surface surface) {
  switch (surface) {
    case Surface::ocean:
      return {0.06, 0.055, 0.992, 0.985};
    case Surface::vegetation:
      return {0.07, 0.26, 0.989, 0.975};
    case Surface::desert:
      return {0.22, 0.37, 0.980, 0.910};
    case Surface::snow:
      return {0.82, 0.58, 0.991, 0.987};
  }
  return {};
}

}  // namespace

Climate draw_climate(base::Random& random) {
  Climate climate;
  const double radian = std::numbers::pi / 180.0;
  climate.sin_latitude = random.uniform(-1.0, 1.0);
  const double latitude = std::asin(climate.sin_latitude);
  climate.latitude_deg = latitude / radian;
  const double cos_year = std::cos(2.0 * std::numbers::pi * random.uniform());  // 1 at midwinter N
  climate.warm_season = -climate.sin_latitude * cos_year;
  climate.solar_irradiance_w_m2 = 1361.0 * (1.0 + 0.0334 * cos_year);

  const double declination = -23.44 * radian * cos_year;
  const double noon = std::max(0.15, std::cos(latitude - declination));
  const bool night = random.uniform() < night_share;
  const double hour = random.uniform(0.02, 1.0);
  climate.cos_zenith = night ? 0.0 : noon * std::sin(0.5 * std::numbers::pi * hour);

  const double sea_level_k = 300.0 - 46.0 * climate.sin_latitude * climate.sin_latitude +
                             13.0 * climate.warm_season + 3.5 * random.normal();
  climate.surface = draw_surface(random, climate.latitude_deg, sea_level_k);
  const double height_m = draw_height_m(random, climate.surface);
  const bool ocean = climate.surface == Surface::ocean;
  const double by_day_k = ocean ? 0.0 : random.uniform(6.0, 18.0) * (climate.cos_zenith - 0.35);
  climate.skin_temperature_k =
      std::clamp(sea_level_k - 0.0055 * height_m + by_day_k, ocean ? 271.4 : 215.0, 330.0);
  climate.surface_pressure_pa =
      std::clamp((standard_pressure_pa + 900.0 * random.normal()) * std::exp(-height_m / 8000.0),
                 62000.0, 105500.0);
  return climate;
}

void fill_scalars(base::Random& random, const Climate& climate, std::span<float> sca_inputs) {
  const auto colour = surface_colour(climate.surface);
  const double shade = random.uniform(0.8, 1.15);
  const double tint = random.uniform(0.9, 1.05);
  // Low sun is mirrored by water (Taylor et al. 1996) and reflected a little more by land.
  const double mu = climate.cos_zenith;
  const bool ocean = climate.surface == Surface::ocean;
  const double ocean_direct = 0.037 / (1.1 * std::pow(mu, 1.4) + 0.15);
  const double land_direct = 1.0 + 0.15 * (0.6 - mu);

  sca_inputs[sca::skin_temperature] = static_cast<float>(climate.skin_temperature_k);
  sca_inputs[sca::cos_zenith] = static_cast<float>(mu);
  for (std::size_t band = 0; band < sca::sw_bands; ++band) {
    const bool visible = band < sca::sw_bands / 2;
    const double fade = band == sca::sw_bands - 1 ? 0.85 : 1.0;
    const double diffuse = shade * (visible ? colour.visible : tint * colour.near_infrared * fade);
    const double direct =
        ocean ? ocean_direct * shade * (visible ? 1.0 : 0.9) : diffuse * land_direct;
    sca_inputs[sca::sw_albedo + band] = static_cast<float>(std::clamp(diffuse, 0.02, 0.95));
    sca_inputs[sca::sw_albedo_direct + band] = static_cast<float>(std::clamp(direct, 0.02, 0.95));
  }
  const double darkening = random.uniform(-1.0, 1.0);
  sca_inputs[sca::lw_emissivity] = static_cast<float>(colour.emissivity + 0.004 * darkening);
  sca_inputs[sca::lw_emissivity + 1] =
      static_cast<float>(colour.emissivity_window + 0.010 * darkening);
  sca_inputs[sca::solar_irradiance] = static_cast<float>(climate.solar_irradiance_w_m2);
}

}  // namespace colonnade::synth
