#pragma once

#include <colonnade/synth/column.hpp>
#include <colonnade/synth/two_stream.hpp>

#include <array>
#include <cstddef>

/// From stored inputs to the optics of each band; not seen outside the module's sources.
namespace colonnade::synth {

template <typename T>
using Levels = std::array<T, data::full_levels>;

/// A shortwave band: its share of the sun's light, and mass extinction or absorption in m2 kg-1.
struct ShortwaveBand {
  double share, rayleigh_m2_kg, ozone_m2_kg, vapour_m2_kg, albedo_liquid, albedo_ice;
  std::size_t first_surface_band;
};
inline constexpr std::array<ShortwaveBand, 2> shortwave_bands{
    {{0.46, 1.1e-5, 5.0, 0.0, 0.99999, 0.9999, 0}, {0.54, 1.0e-6, 0.0, 0.012, 0.993, 0.985, 3}}};

/// A longwave band: its share of the Planck flux, and absorption in m2 kg-1 (carbon dioxide: of
/// air at 400 ppm; vapour_squared: the continuum, for a specific humidity of 1).
struct LongwaveBand {
  double share, vapour_m2_kg, vapour_squared_m2_kg, ozone_m2_kg, carbon_dioxide_m2_kg;
};
inline constexpr std::array<LongwaveBand, 2> longwave_bands{
    {{0.70, 0.12, 0.0, 2.0, 4.0e-4}, {0.30, 0.004, 1.2, 8.0, 2.0e-6}}};

/// What the bands share, from the stored inputs: path lengths, and the cloud's extinction.
struct Paths {
  Levels<double> air_kg_m2, vapour, ozone, carbon_dioxide, aerosol_kg_m2;
  Levels<double> fraction, liquid_depth, ice_depth;
  Levels<double> exchange_direct, exchange_diffuse;
  std::size_t first_cloudy = data::full_levels;
};

/// Sums up path lengths and clouds from the stored inputs.
Paths make_paths(const RawColumn& inputs);

/// What each layer does to the light of a shortwave band, by day.
Levels<Regions<ShortwaveLayer>> shortwave_layers(const Paths& paths, const ShortwaveBand& band,
                                                 double cos_zenith);

/// What each layer does to the light of a longwave band.
Levels<Regions<LongwaveLayer>> longwave_layers(const RawColumn& inputs, const Paths& paths,
                                               const LongwaveBand& band);

/// Flux of a black body, W m-2 (Stefan and Boltzmann).
inline double planck_w_m2(double temperature_k) {
  constexpr double stefan_boltzmann = 5.670374e-8;  // W m-2 K-4
  const double squared = temperature_k * temperature_k;
  return stefan_boltzmann * squared * squared;
}

}  // namespace colonnade::synth
