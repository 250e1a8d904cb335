#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace colonnade::synth {

/// A value for each of the two regions of a layer.
template <typename T>
struct Regions {
  T clear{};
  T cloudy{};
};

/// What light meets in one region of a layer.
struct LayerOptics {
  double optical_depth = 0;
  double single_scattering_albedo = 0;
  double asymmetry = 0;
};

/// What one region of a layer does to shortwave light, as shares of the light that enters.
struct ShortwaveLayer {
  double reflectance = 0;           ///< diffuse to diffuse, back
  double transmittance = 1;         ///< diffuse to diffuse, onward
  double direct_reflectance = 0;    ///< direct to diffuse, back
  double direct_to_diffuse = 0;     ///< direct to diffuse, onward
  double direct_transmittance = 1;  ///< direct to direct
};

/// What one region of a layer does to longwave light.
struct LongwaveLayer {
  double transmittance = 1;
  double emission_up_w_m2 = 0;
  double emission_down_w_m2 = 0;
};

/// The share of the light from each region of the layer before that enters a layer's cloud.
using CloudEntry = Regions<double>;

/// The surface under a column, for one shortwave band.
struct ShortwaveSurface {
  double albedo_diffuse = 0;
  double albedo_direct = 0;
};

/// The surface under a column, for one longwave band.
struct LongwaveSurface {
  double emissivity = 1;
  double planck_w_m2 = 0;
};

/// Where a solver adds its fluxes: layers + 1 values from the top down, W m-2.
struct FluxSpans {
  std::span<double> down;
  std::span<double> up;
};

/// Overlap of neighbouring layers (exponential-random): the share of light leaving each region of
/// a layer with cloud fraction `from` that enters cloud in a layer with fraction `to`.
///
/// Combined cover = overlap * max(from, to) + (1 - overlap) * (from + to - from * to), Hogan and
/// Illingworth (2000), doi:10.1002/qj.49712656914.
CloudEntry overlap_entry(double from, double to, double overlap);

/// Lets light mix across the cloud sides of the layer it enters: a fraction `exchange` of it is
/// spread evenly over the layer, so that each region gets its share of the area.
CloudEntry mix_sides(const CloudEntry& entry, double cloud_fraction, double exchange);

/// Reflectance and transmittance of a homogeneous layer at the cosine of the solar zenith angle
/// (> 0): Meador and Weaver (1980) with the coefficients of Zdunkowski et al. (1980), after delta
/// scaling with asymmetry squared (Joseph et al. 1976).
ShortwaveLayer shortwave_layer(const LayerOptics& optics, double cos_zenith);

/// Transmittance and emission of a non-scattering layer whose Planck flux goes linearly with
/// optical depth from `planck_top_w_m2` to `planck_bottom_w_m2`; diffusivity 1.66 (Elsasser 1942).
LongwaveLayer longwave_layer(double absorption_depth, double planck_top_w_m2,
                             double planck_bottom_w_m2);

/// Adds the shortwave fluxes of one band under `incoming_w_m2` of direct light through a
/// horizontal plane, by the adding method in two regions.
///
/// Below an interface the two regions' albedos are averaged with the shares of light that enter
/// them, as in Shonk and Hogan (2008), doi:10.1175/2007JCLI1940.1; energy is conserved.
/// `direct` and `diffuse` hold, per layer, how light from above enters it.
void add_shortwave(std::span<const Regions<ShortwaveLayer>> layers,
                   std::span<const CloudEntry> direct, std::span<const CloudEntry> diffuse,
                   const ShortwaveSurface& surface, double incoming_w_m2, const FluxSpans& fluxes);

/// Adds the longwave fluxes of one band: one sweep down, one up (Schwarzschild's equation).
///
/// `from_above` and `from_below` hold, per layer, how light enters it from either side.
void add_longwave(std::span<const Regions<LongwaveLayer>> layers,
                  std::span<const double> cloud_fraction, std::span<const CloudEntry> from_above,
                  std::span<const CloudEntry> from_below, const LongwaveSurface& surface,
                  const FluxSpans& fluxes);

}  // namespace colonnade::synth
