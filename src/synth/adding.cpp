#include <colonnade/base/error.hpp>
#include <colonnade/data/reference_layout.hpp>
#include <colonnade/synth/two_stream.hpp>

#include <array>
#include <utility>

namespace colonnade::synth {
namespace {

/// Albedo of all that lies under an interface, for light leaving one region above it.
struct Albedo {
  double diffuse = 0;
  double direct = 0;
};

Albedo average_entry(const Regions<Albedo>& below, double diffuse_into_cloud,
                     double direct_into_cloud) {
  return {.diffuse = below.clear.diffuse +
                     diffuse_into_cloud * (below.cloudy.diffuse - below.clear.diffuse),
          .direct =
              below.clear.direct + direct_into_cloud * (below.cloudy.direct - below.clear.direct)};
}

Albedo add_layer(const ShortwaveLayer& layer, const Albedo& below) {
  const double onward = layer.transmittance / (1.0 - below.diffuse * layer.reflectance);
  return {
      .diffuse = layer.reflectance + layer.transmittance * onward * below.diffuse,
      .direct = layer.direct_reflectance + onward * (layer.direct_to_diffuse * below.diffuse +
                                                     layer.direct_transmittance * below.direct)};
}

/// Light going down in one region, W m-2 of the whole column's area.
struct Beams {
  double direct = 0;
  double diffuse = 0;
};

Beams cross_layer(const ShortwaveLayer& layer, const Albedo& below, const Beams& top) {
  const double direct = top.direct * layer.direct_transmittance;
  const double source =
      top.direct * layer.direct_to_diffuse + direct * below.direct * layer.reflectance;
  return {.direct = direct,
          .diffuse = (layer.transmittance * top.diffuse + source) /
                     (1.0 - below.diffuse * layer.reflectance)};
}

Regions<double> share_out(const Regions<double>& light, const CloudEntry& entry) {
  const double cloudy = light.clear * entry.clear + light.cloudy * entry.cloudy;
  return {.clear = light.clear + light.cloudy - cloudy, .cloudy = cloudy};
}

Regions<Beams> share_out(const Regions<Beams>& light, const CloudEntry& direct,
                         const CloudEntry& diffuse) {
  const auto beam = share_out({light.clear.direct, light.cloudy.direct}, direct);
  const auto glow = share_out({light.clear.diffuse, light.cloudy.diffuse}, diffuse);
  return {.clear = {beam.clear, glow.clear}, .cloudy = {beam.cloudy, glow.cloudy}};
}

/// Whether any light enters the cloudy region of a layer.
bool lit(const CloudEntry& direct, const CloudEntry& diffuse) {
  return direct.clear + direct.cloudy + diffuse.clear + diffuse.cloudy > 0.0;
}

}  // namespace

void add_shortwave(std::span<const Regions<ShortwaveLayer>> layers,
                   std::span<const CloudEntry> direct, std::span<const CloudEntry> diffuse,
                   const ShortwaveSurface& surface, double incoming_w_m2, const FluxSpans& fluxes) {
  const std::size_t count = layers.size();
  base::expects(count <= data::full_levels && direct.size() == count && diffuse.size() == count,
                "shortwave solver: one entry per layer, at most 137 layers");
  base::expects(fluxes.down.size() == count + 1 && fluxes.up.size() == count + 1,
                "shortwave solver: one more flux than layers");

  const Albedo ground{.diffuse = surface.albedo_diffuse, .direct = surface.albedo_direct};
  std::array<Regions<Albedo>, data::half_levels> below;
  below[count] = {ground, ground};
  for (std::size_t k = count; k-- > 0;) {
    const Regions<Albedo> layer{
        add_layer(layers[k].clear, below[k + 1].clear),
        lit(direct[k], diffuse[k]) ? add_layer(layers[k].cloudy, below[k + 1].cloudy) : Albedo{}};
    below[k] = {average_entry(layer, diffuse[k].clear, direct[k].clear),
                average_entry(layer, diffuse[k].cloudy, direct[k].cloudy)};
  }

  Regions<Beams> light{.clear = {.direct = incoming_w_m2}, .cloudy = {}};
  for (std::size_t k = 0; k <= count; ++k) {
    fluxes.down[k] +=
        light.clear.direct + light.clear.diffuse + light.cloudy.direct + light.cloudy.diffuse;
    fluxes.up[k] += light.clear.direct * below[k].clear.direct +
                    light.clear.diffuse * below[k].clear.diffuse +
                    light.cloudy.direct * below[k].cloudy.direct +
                    light.cloudy.diffuse * below[k].cloudy.diffuse;
    if (k < count) {
      light = share_out(light, direct[k], diffuse[k]);
      light = {cross_layer(layers[k].clear, below[k + 1].clear, light.clear),
               lit(direct[k], diffuse[k])
                   ? cross_layer(layers[k].cloudy, below[k + 1].cloudy, light.cloudy)
                   : Beams{}};
    }
  }
}

void add_longwave(std::span<const Regions<LongwaveLayer>> layers,
                  std::span<const double> cloud_fraction, std::span<const CloudEntry> from_above,
                  std::span<const CloudEntry> from_below, const LongwaveSurface& surface,
                  const FluxSpans& fluxes) {
  const std::size_t count = layers.size();
  base::expects(
      cloud_fraction.size() == count && from_above.size() == count && from_below.size() == count,
      "longwave solver: one entry per layer");
  base::expects(fluxes.down.size() == count + 1 && fluxes.up.size() == count + 1,
                "longwave solver: one more flux than layers");

  Regions<double> light;
  for (std::size_t k = 0; k < count; ++k) {
    const auto& [clear, cloudy] = layers[k];
    light = share_out(light, from_above[k]);
    light = {
        light.clear * clear.transmittance + (1.0 - cloud_fraction[k]) * clear.emission_down_w_m2,
        light.cloudy * cloudy.transmittance + cloud_fraction[k] * cloudy.emission_down_w_m2};
    fluxes.down[k + 1] += light.clear + light.cloudy;
  }

  const double fraction = count > 0 ? cloud_fraction[count - 1] : 0.0;
  const double emitted = surface.emissivity * surface.planck_w_m2;
  const double reflected = 1.0 - surface.emissivity;
  light = {(1.0 - fraction) * emitted + reflected * light.clear,
           fraction * emitted + reflected * light.cloudy};
  fluxes.up[count] += light.clear + light.cloudy;
  for (std::size_t k = count; k-- > 0;) {
    const auto& [clear, cloudy] = layers[k];
    light = share_out(light, from_below[k]);
    light = {light.clear * clear.transmittance + (1.0 - cloud_fraction[k]) * clear.emission_up_w_m2,
             light.cloudy * cloudy.transmittance + cloud_fraction[k] * cloudy.emission_up_w_m2};
    fluxes.up[k] += light.clear + light.cloudy;
  }
}

}  // namespace colonnade::synth
