#include "synth/optics.hpp"
#include "synth/parts.hpp"

#include <colonnade/synth/column.hpp>
#include <colonnade/synth/two_stream.hpp>

namespace colonnade::synth {
namespace {

/// How light from either side enters the clouds of each layer.
struct Entries {
  Levels<CloudEntry> direct, diffuse, from_below;
};

Entries make_entries(const RawColumn& in, const Paths& paths, bool cloud_sides) {
  Entries entries{};
  for (std::size_t k = paths.first_cloudy; k < data::full_levels; ++k) {
    const double fraction = paths.fraction[k];
    if (fraction <= 0.0) {
      continue;
    }
    const bool highest = k == 0;
    const bool lowest = k + 1 == data::full_levels;
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

double mean_albedo(std::span<const float> sca_inputs, std::size_t first) {
  return (static_cast<double>(sca_inputs[first]) + sca_inputs[first + 1] + sca_inputs[first + 2]) /
         3.0;
}

/// The two ways of computing a column, side by side: without cloud sides, with them.
struct Way {
  Entries entries;
  FluxProfiles fluxes{};
};
using Ways = std::array<Way, 2>;

void add_shortwave_bands(const RawColumn& in, const Paths& paths, Ways& ways) {
  const auto& scalars = in.sca_inputs;
  const double mu = scalars[sca::cos_zenith];
  if (mu <= 0.0) {
    return;
  }
  for (const auto& band : shortwave_bands) {
    const auto layers = shortwave_layers(paths, band, mu);
    const ShortwaveSurface surface{
        mean_albedo(scalars, sca::sw_albedo + band.first_surface_band),
        mean_albedo(scalars, sca::sw_albedo_direct + band.first_surface_band)};
    const double incoming_w_m2 = band.share * mu * scalars[sca::solar_irradiance];
    for (auto& [entries, fluxes] : ways) {
      add_shortwave(layers, entries.direct, entries.diffuse, surface, incoming_w_m2,
                    {fluxes.dn_sw, fluxes.up_sw});
    }
  }
}

void add_longwave_bands(const RawColumn& in, const Paths& paths, Ways& ways) {
  const auto& scalars = in.sca_inputs;
  for (std::size_t band = 0; band < longwave_bands.size(); ++band) {
    const auto& traits = longwave_bands[band];
    const auto layers = longwave_layers(in, paths, traits);
    const LongwaveSurface surface{scalars[sca::lw_emissivity + band],
                                  traits.share * planck_w_m2(scalars[sca::skin_temperature])};
    for (auto& [entries, fluxes] : ways) {
      add_longwave(layers, paths.fraction, entries.diffuse, entries.from_below, surface,
                   {fluxes.dn_lw, fluxes.up_lw});
    }
  }
}

}  // namespace

Fluxes fluxes_of(const RawColumn& inputs) {
  const Paths paths = make_paths(inputs);
  Ways ways{Way{make_entries(inputs, paths, false)}, Way{make_entries(inputs, paths, true)}};
  add_shortwave_bands(inputs, paths, ways);
  add_longwave_bands(inputs, paths, ways);
  return {ways[0].fluxes, ways[1].fluxes};
}

}  // namespace colonnade::synth
