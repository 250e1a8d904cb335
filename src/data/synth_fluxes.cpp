#include "data/synth_parts.hpp"

#include <colonnade/data/synth_column.hpp>
#include <colonnade/data/synth_two_stream.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::data {
namespace {

using synth::level_row;
namespace col = synth::col;
namespace sca = synth::sca;

template <typename T>
using Levels = std::array<T, full_levels>;

/// A shortwave band: its share of the sun's light, and mass extinction or absorption in m2 kg-1.
struct ShortwaveBand {
  double share, rayleigh_m2_kg, ozone_m2_kg, vapour_m2_kg, albedo_liquid, albedo_ice;
  std::size_t first_surface_band;
};
constexpr std::array<ShortwaveBand, 2> shortwave_bands{
    {{0.46, 1.1e-5, 5.0, 0.0, 0.99999, 0.9999, 0}, {0.54, 1.0e-6, 0.0, 0.012, 0.993, 0.985, 3}}};

/// A longwave band: its share of the Planck flux, and absorption in m2 kg-1 (carbon dioxide: of
/// air at 400 ppm; vapour_squared: the continuum, for a specific humidity of 1).
struct LongwaveBand {
  double share, vapour_m2_kg, vapour_squared_m2_kg, ozone_m2_kg, carbon_dioxide_m2_kg;
};
constexpr std::array<LongwaveBand, 2> longwave_bands{
    {{0.70, 0.12, 0.0, 2.0, 4.0e-4}, {0.30, 0.004, 1.2, 8.0, 2.0e-6}}};

/// What the bands share, from the stored inputs: path lengths, and the cloud's extinction.
struct Paths {
  Levels<double> air_kg_m2, vapour, ozone, carbon_dioxide, aerosol_kg_m2;
  Levels<double> fraction, liquid_depth, ice_depth;
  Levels<double> exchange_direct, exchange_diffuse;
  std::size_t first_cloudy = full_levels;
};

/// Light mixes across cloud sides at the rate 4 tan(zenith) / (pi * separation) per metre: edges of
/// length 4 f (1 - f) / separation per area, met by light at tan(zenith) / pi (Hogan and Shonk
/// 2013, doi:10.1175/JAS-D-12-041.1), summed over both ways. Clouds stand wider apart higher up.
double mixing_rate_per_m(double pressure_share, double tan_zenith) {
  const double height = 1.0 - pressure_share;
  const double separation_m = 2500.0 + 14000.0 * height;
  return 4.0 * tan_zenith / (std::numbers::pi * separation_m);
}

/// Optical depth of large particles: 3/2 of the water path over density and radius.
double particle_depth(double path_kg_m2, double density_kg_m3, double radius_m) {
  return 1.5 * path_kg_m2 / (density_kg_m3 * radius_m);
}

void fill_cloud(const SynthColumn& in, std::size_t k, double tan_zenith, Paths& paths) {
  constexpr double tan_diffuse = 0.5 * std::numbers::pi;
  // This solver traps no reflected light under clouds, which in nature undoes most of what the
  // lit sides gain (Hogan et al. 2019, doi:10.1175/JAS-D-18-0366.1): the gain is scaled instead.
  constexpr double untrapped = 0.35;
  const auto row = level_row(in.col_inputs, k);
  const double fraction = row[col::cloud_fraction];
  const double mass = paths.air_kg_m2[k] / fraction;
  paths.fraction[k] = fraction;
  paths.liquid_depth[k] = particle_depth(row[col::q_liquid] * mass, 1000.0, row[col::re_liquid]);
  paths.ice_depth[k] = particle_depth(row[col::q_ice] * mass, 917.0, row[col::re_ice]);
  const double top_pa = in.hl_inputs[2 * k + 1];
  const double base_pa = in.hl_inputs[2 * k + 3];
  const double temperature_k = 0.5 * (in.hl_inputs[2 * k] + in.hl_inputs[2 * k + 2]);
  const double thickness_m = synth::dry_air_gas_constant * temperature_k / synth::gravity_m_s2 *
                             std::log(base_pa / top_pa);
  const double share = base_pa / in.hl_inputs[2 * full_levels + 1];
  const auto exchange = [&](double tangent) {
    return 1.0 - std::exp(-mixing_rate_per_m(share, tangent) * thickness_m);
  };
  paths.exchange_direct[k] = exchange(untrapped * tan_zenith);
  paths.exchange_diffuse[k] = exchange(tan_diffuse);
  paths.first_cloudy = std::min(paths.first_cloudy, k);
}

Paths fill_paths(const SynthColumn& in) {
  Paths paths{};
  paths.first_cloudy = full_levels;
  const double mu = in.sca_inputs[sca::cos_zenith];
  const double tan_zenith = mu > 0.0 ? std::sqrt(std::max(0.0, 1.0 - mu * mu)) / mu : 0.0;
  for (std::size_t k = 0; k < full_levels; ++k) {
    const auto row = level_row(in.col_inputs, k);
    const double thickness_pa =
        static_cast<double>(in.hl_inputs[2 * k + 3]) - in.hl_inputs[2 * k + 1];
    paths.air_kg_m2[k] = thickness_pa / synth::gravity_m_s2;
    paths.vapour[k] = row[col::q];
    paths.ozone[k] = row[col::o3_mmr];
    paths.carbon_dioxide[k] = row[col::co2_vmr];
    double aerosol = 0.0;
    for (std::size_t type = 0; type < col::aerosols; ++type) {
      aerosol += row[col::aerosol_mmr + type];
    }
    paths.aerosol_kg_m2[k] = aerosol * paths.air_kg_m2[k];
    if (row[col::cloud_fraction] > 0.0F) {
      fill_cloud(in, k, tan_zenith, paths);
    }
  }
  return paths;
}

/// How light from either side enters the clouds of each layer.
struct Entries {
  Levels<CloudEntry> direct, diffuse, from_below;
};

Entries make_entries(const SynthColumn& in, const Paths& paths, bool cloud_sides) {
  Entries entries{};
  for (std::size_t k = paths.first_cloudy; k < full_levels; ++k) {
    const double fraction = paths.fraction[k];
    if (fraction <= 0.0) {
      continue;
    }
    const bool highest = k == 0;
    const bool lowest = k + 1 == full_levels;
    const auto above = highest
                           ? overlap_entry(0.0, fraction, 0.0)
                           : overlap_entry(paths.fraction[k - 1], fraction, in.inter_inputs[k - 1]);
    const auto below = lowest ? overlap_entry(fraction, fraction, 1.0)
                              : overlap_entry(paths.fraction[k + 1], fraction, in.inter_inputs[k]);
    const double direct = cloud_sides ? paths.exchange_direct[k] : 0.0;
    const double diffuse = cloud_sides ? paths.exchange_diffuse[k] : 0.0;
    entries.direct[k] = mix_sides(above, fraction, direct);
    entries.diffuse[k] = mix_sides(above, fraction, diffuse);
    entries.from_below[k] = mix_sides(below, fraction, diffuse);
  }
  return entries;
}

/// Mixes scatterers and absorbers into one set of optics.
class Mixture {
 public:
  void absorb(double depth) { depth_ += depth; }
  void scatter(double depth, double albedo, double asymmetry) {
    depth_ += depth;
    scattered_ += depth * albedo;
    forward_ += depth * albedo * asymmetry;
  }
  [[nodiscard]] LayerOptics optics() const {
    return {.optical_depth = depth_,
            .single_scattering_albedo = scattered_ / std::max(depth_, 1e-30),
            .asymmetry = forward_ / std::max(scattered_, 1e-30)};
  }

 private:
  double depth_ = 0;
  double scattered_ = 0;
  double forward_ = 0;
};

Levels<Regions<ShortwaveLayer>> shortwave_layers(const Paths& paths, const ShortwaveBand& band,
                                                 double cos_zenith) {
  constexpr double aerosol_m2_kg = 900.0, aerosol_albedo = 0.94, aerosol_asymmetry = 0.68;
  constexpr double liquid_asymmetry = 0.85, ice_asymmetry = 0.78;
  Levels<Regions<ShortwaveLayer>> layers;
  for (std::size_t k = 0; k < full_levels; ++k) {
    Mixture mixture;
    mixture.scatter(band.rayleigh_m2_kg * paths.air_kg_m2[k], 1.0, 0.0);
    mixture.scatter(aerosol_m2_kg * paths.aerosol_kg_m2[k], aerosol_albedo, aerosol_asymmetry);
    mixture.absorb((band.ozone_m2_kg * paths.ozone[k] + band.vapour_m2_kg * paths.vapour[k]) *
                   paths.air_kg_m2[k]);
    layers[k].clear = shortwave_layer(mixture.optics(), cos_zenith);
    if (paths.fraction[k] > 0.0) {
      mixture.scatter(paths.liquid_depth[k], band.albedo_liquid, liquid_asymmetry);
      mixture.scatter(paths.ice_depth[k], band.albedo_ice, ice_asymmetry);
      layers[k].cloudy = shortwave_layer(mixture.optics(), cos_zenith);
    }
  }
  return layers;
}

double mean_albedo(std::span<const float> sca_inputs, std::size_t first) {
  return (static_cast<double>(sca_inputs[first]) + sca_inputs[first + 1] + sca_inputs[first + 2]) /
         3.0;
}

double planck_w_m2(double temperature_k) {
  constexpr double stefan_boltzmann = 5.670374e-8;
  const double squared = temperature_k * temperature_k;
  return stefan_boltzmann * squared * squared;
}

Levels<Regions<LongwaveLayer>> longwave_layers(const SynthColumn& in, const Paths& paths,
                                               const LongwaveBand& band) {
  constexpr double absorbed_share = 0.5;  // of the cloud's extinction
  Levels<Regions<LongwaveLayer>> layers;
  double planck_top = band.share * planck_w_m2(in.hl_inputs[0]);
  for (std::size_t k = 0; k < full_levels; ++k) {
    const double planck_bottom = band.share * planck_w_m2(in.hl_inputs[2 * k + 2]);
    const double vapour = paths.vapour[k];
    const double depth =
        paths.air_kg_m2[k] * ((band.vapour_m2_kg + band.vapour_squared_m2_kg * vapour) * vapour +
                              band.ozone_m2_kg * paths.ozone[k] +
                              band.carbon_dioxide_m2_kg * paths.carbon_dioxide[k] / 4e-4);
    layers[k].clear = longwave_layer(depth, planck_top, planck_bottom);
    if (paths.fraction[k] > 0.0) {
      const double cloud = absorbed_share * (paths.liquid_depth[k] + paths.ice_depth[k]);
      layers[k].cloudy = longwave_layer(depth + cloud, planck_top, planck_bottom);
    }
    planck_top = planck_bottom;
  }
  return layers;
}

}  // namespace

SynthFluxes synth_fluxes(const SynthColumn& inputs) {
  const Paths paths = fill_paths(inputs);
  const std::array<Entries, 2> entries{make_entries(inputs, paths, false),
                                       make_entries(inputs, paths, true)};
  SynthFluxes fluxes;
  const std::array<FluxProfiles*, 2> results{&fluxes.plane_parallel, &fluxes.cloud_sides};
  const auto& scalars = inputs.sca_inputs;
  const double mu = scalars[sca::cos_zenith];
  if (mu > 0.0) {
    for (const auto& band : shortwave_bands) {
      const auto layers = shortwave_layers(paths, band, mu);
      const ShortwaveSurface surface{
          mean_albedo(scalars, sca::sw_albedo + band.first_surface_band),
          mean_albedo(scalars, sca::sw_albedo_direct + band.first_surface_band)};
      const double incoming_w_m2 = band.share * mu * scalars[sca::solar_irradiance];
      for (std::size_t way = 0; way < results.size(); ++way) {
        add_shortwave(layers, entries[way].direct, entries[way].diffuse, surface, incoming_w_m2,
                      {results[way]->dn_sw, results[way]->up_sw});
      }
    }
  }
  for (std::size_t band = 0; band < longwave_bands.size(); ++band) {
    const auto layers = longwave_layers(inputs, paths, longwave_bands[band]);
    const LongwaveSurface surface{
        scalars[sca::lw_emissivity + band],
        longwave_bands[band].share * planck_w_m2(scalars[sca::skin_temperature])};
    for (std::size_t way = 0; way < results.size(); ++way) {
      add_longwave(layers, paths.fraction, entries[way].diffuse, entries[way].from_below, surface,
                   {results[way]->dn_lw, results[way]->up_lw});
    }
  }
  return fluxes;
}

}  // namespace colonnade::data
