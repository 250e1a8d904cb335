#include <colonnade/synth/two_stream.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::synth {
namespace {

constexpr double diffusivity = 1.66;

/// Optical properties with the forward peak of the phase function left in the direct beam.
LayerOptics delta_scaled(const LayerOptics& optics) {
  const double forward = optics.asymmetry * optics.asymmetry;
  const double kept = 1.0 - optics.single_scattering_albedo * forward;
  return {.optical_depth = kept * optics.optical_depth,
          .single_scattering_albedo = optics.single_scattering_albedo * (1.0 - forward) / kept,
          .asymmetry = optics.asymmetry / (1.0 + optics.asymmetry)};
}

/// The equations are singular where k * cos_zenith is 1: step aside.
double off_resonance(double cos_zenith, double k) {
  constexpr double gap = 1e-5;
  return std::abs(1.0 - k * cos_zenith) < gap ? cos_zenith * (1.0 - 2.0 * gap) : cos_zenith;
}

}  // namespace

CloudEntry overlap_entry(double from, double to, double overlap) {
  const double cover = overlap * std::max(from, to) + (1.0 - overlap) * (from + to - from * to);
  const double both = from + to - cover;
  return {.clear = from < 1.0 ? std::clamp((to - both) / (1.0 - from), 0.0, 1.0) : 0.0,
          .cloudy = from > 0.0 ? std::clamp(both / from, 0.0, 1.0) : 0.0};
}

CloudEntry mix_sides(const CloudEntry& entry, double cloud_fraction, double exchange) {
  return {.clear = entry.clear + exchange * (cloud_fraction - entry.clear),
          .cloudy = entry.cloudy + exchange * (cloud_fraction - entry.cloudy)};
}

ShortwaveLayer shortwave_layer(const LayerOptics& optics, double cos_zenith) {
  constexpr double smallest_k = 1e-6;
  const auto [depth, albedo, asymmetry] = delta_scaled(optics);
  const double gamma1 = 2.0 - albedo * (1.25 + 0.75 * asymmetry);
  const double gamma2 = 0.75 * albedo * (1.0 - asymmetry);
  const double k = std::max(smallest_k, std::sqrt((gamma1 - gamma2) * (gamma1 + gamma2)));
  const double mu = off_resonance(cos_zenith, k);
  const double gamma3 = 0.5 - 0.75 * asymmetry * mu;
  const double gamma4 = 1.0 - gamma3;
  const double alpha1 = gamma1 * gamma4 + gamma2 * gamma3;
  const double alpha2 = gamma1 * gamma3 + gamma2 * gamma4;

  const double beam = std::exp(-depth / mu);
  const double fade = std::exp(-k * depth);
  const double fade2 = fade * fade;
  const double inverse = 1.0 / (k + gamma1 + (k - gamma1) * fade2);
  const double k_mu = k * mu;
  const double scattered = albedo * inverse / (1.0 - k_mu * k_mu);
  const double back = (1.0 - k_mu) * (alpha2 + k * gamma3) -
                      (1.0 + k_mu) * (alpha2 - k * gamma3) * fade2 -
                      2.0 * k * (gamma3 - alpha2 * mu) * fade * beam;
  const double onward =
      2.0 * k * (gamma4 + alpha1 * mu) * fade -
      beam * ((1.0 + k_mu) * (alpha1 + k * gamma4) - (1.0 - k_mu) * (alpha1 - k * gamma4) * fade2);
  const double lost = 1.0 - beam;
  const double direct_back = std::clamp(scattered * back, 0.0, lost);
  return {.reflectance = gamma2 * (1.0 - fade2) * inverse,
          .transmittance = 2.0 * k * fade * inverse,
          .direct_reflectance = direct_back,
          .direct_to_diffuse = std::clamp(scattered * onward, 0.0, lost - direct_back),
          .direct_transmittance = beam};
}

LongwaveLayer longwave_layer(double absorption_depth, double planck_top_w_m2,
                             double planck_bottom_w_m2) {
  constexpr double thin = 1e-4;
  const double depth = diffusivity * absorption_depth;
  const double transmittance = std::exp(-depth);
  const double absorbed = 1.0 - transmittance;
  // Weight of the far side's Planck flux in what leaves a side, minus its series where it cancels.
  const double far = depth < thin ? 0.5 * depth : absorbed / depth - transmittance;
  const double near = absorbed - far;
  return {.transmittance = transmittance,
          .emission_up_w_m2 = near * planck_top_w_m2 + far * planck_bottom_w_m2,
          .emission_down_w_m2 = near * planck_bottom_w_m2 + far * planck_top_w_m2};
}

}  // namespace colonnade::synth
