#include "synth/optics.hpp"
#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::synth {
namespace {

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

void fill_cloud(const RawColumn& in, std::size_t k, double tan_zenith, Paths& paths) {
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
  const double thickness_m =
      dry_air_gas_constant * temperature_k / gravity_m_s2 * std::log(base_pa / top_pa);
  const double share = base_pa / in.hl_inputs[2 * data::full_levels + 1];
  const auto exchange = [&](double tangent) {
    return 1.0 - std::exp(-mixing_rate_per_m(share, tangent) * thickness_m);
  };
  paths.exchange_direct[k] = exchange(untrapped * tan_zenith);
  paths.exchange_diffuse[k] = exchange(tan_diffuse);
  paths.first_cloudy = std::min(paths.first_cloudy, k);
}

}  // namespace

Paths make_paths(const RawColumn& in) {
  Paths paths{};
  paths.first_cloudy = data::full_levels;
  const double mu = in.sca_inputs[sca::cos_zenith];
  const double tan_zenith = mu > 0.0 ? std::sqrt(std::max(0.0, 1.0 - mu * mu)) / mu : 0.0;
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const auto row = level_row(in.col_inputs, k);
    const double thickness_pa =
        static_cast<double>(in.hl_inputs[2 * k + 3]) - in.hl_inputs[2 * k + 1];
    paths.air_kg_m2[k] = thickness_pa / gravity_m_s2;
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

}  // namespace colonnade::synth
