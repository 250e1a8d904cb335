#include "synth/optics.hpp"

#include <algorithm>

namespace colonnade::synth {
namespace {

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

}  // namespace

Levels<Regions<ShortwaveLayer>> shortwave_layers(const Paths& paths, const ShortwaveBand& band,
                                                 double cos_zenith) {
  constexpr double aerosol_m2_kg = 900.0;
  constexpr double aerosol_albedo = 0.94;
  constexpr double aerosol_asymmetry = 0.68;
  constexpr double liquid_asymmetry = 0.85;
  constexpr double ice_asymmetry = 0.78;
  Levels<Regions<ShortwaveLayer>> layers;
  for (std::size_t k = 0; k < data::full_levels; ++k) {
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

Levels<Regions<LongwaveLayer>> longwave_layers(const RawColumn& in, const Paths& paths,
                                               const LongwaveBand& band) {
  constexpr double absorbed_share = 0.5;  // of the cloud's extinction
  Levels<Regions<LongwaveLayer>> layers;
  double planck_top = band.share * planck_w_m2(in.hl_inputs[0]);
  for (std::size_t k = 0; k < data::full_levels; ++k) {
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

}  // namespace colonnade::synth
