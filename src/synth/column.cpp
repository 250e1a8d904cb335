#include "synth/parts.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/synth/column.hpp>

#include <algorithm>

namespace colonnade::synth {
namespace {

void check_sizes(const RawColumn& column) {
  base::expects(column.hl_inputs.size() == 2 * data::half_levels &&
                    column.inter_inputs.size() == data::inter_levels &&
                    column.sca_inputs.size() == sca::features &&
                    column.col_inputs.size() == data::full_levels * col::features,
                "synthetic column: inputs have the reference layout's sizes");
  for (const auto& target :
       {column.flux_dn_sw, column.flux_up_sw, column.flux_dn_lw, column.flux_up_lw}) {
    base::expects(target.size() == data::half_levels,
                  "synthetic column: 138 values in each target");
  }
}

bool has_cloud(const RawColumn& column) {
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    if (level_row(column.col_inputs, k)[col::cloud_fraction] > 0.0F) {
      return true;
    }
  }
  return false;
}

using Profile = std::array<double, data::half_levels>;

void store_change(const Profile& with, const Profile& without, std::span<float> out) {
  std::transform(with.begin(), with.end(), without.begin(), out.begin(),
                 [](double a, double b) { return static_cast<float>(a - b); });
}

void fill_targets(const RawColumn& out) {
  if (!has_cloud(out)) {
    for (const auto& target : {out.flux_dn_sw, out.flux_up_sw, out.flux_dn_lw, out.flux_up_lw}) {
      std::fill(target.begin(), target.end(), 0.0F);
    }
    return;
  }
  const auto [without, with] = fluxes_of(out);
  store_change(with.dn_sw, without.dn_sw, out.flux_dn_sw);
  store_change(with.up_sw, without.up_sw, out.flux_up_sw);
  store_change(with.dn_lw, without.dn_lw, out.flux_dn_lw);
  store_change(with.up_lw, without.up_lw, out.flux_up_lw);
}

}  // namespace

void make_column(std::uint64_t seed, std::uint64_t column, const RawColumn& out) {
  check_sizes(out);
  base::Random random(seed, base::Purpose::synth, column);
  const auto climate = draw_climate(random);
  fill_scalars(random, climate, out.sca_inputs);
  const auto air = fill_air(random, climate, out.hl_inputs);
  fill_clouds(random, climate, air, out.inter_inputs, out.col_inputs);
  fill_humidity(random, climate, air, out.col_inputs);
  fill_gases(random, climate, air, out.col_inputs);
  fill_aerosols(random, climate, out.col_inputs);
  fill_targets(out);
}

}  // namespace colonnade::synth
