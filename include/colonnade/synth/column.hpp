#pragma once

#include <colonnade/data/reference_layout.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace colonnade::synth {

/// One column's place in memory: the slice of each variable of the reference layout, row-major.
struct RawColumn {
  std::span<float> hl_inputs;     ///< (138, 2)
  std::span<float> inter_inputs;  ///< (136, 1)
  std::span<float> sca_inputs;    ///< (17)
  std::span<float> col_inputs;    ///< (137, 27)
  std::span<float> flux_dn_sw;    ///< (138), W m-2, as the three that follow
  std::span<float> flux_up_sw;
  std::span<float> flux_dn_lw;
  std::span<float> flux_up_lw;
};

/// Fluxes on half levels from the top down, W m-2.
struct FluxProfiles {
  std::array<double, data::half_levels> dn_sw{}, up_sw{}, dn_lw{}, up_lw{};
};

/// The same column computed with light that keeps to its region, and with light that crosses
/// cloud sides.
struct Fluxes {
  FluxProfiles plane_parallel;
  FluxProfiles cloud_sides;
};

/// Writes column number `column` of the endless set `seed`: inputs, and targets made from them.
///
/// A pure function of its arguments: the same bits for any number of ranks, in any order. Needs
/// spans of the reference layout's sizes (broken promise otherwise).
void make_column(std::uint64_t seed, std::uint64_t column, const RawColumn& out);

/// Computes the fluxes of a column from its stored float32 inputs alone; reads no target.
///
/// Two shortwave bands, two longwave bands, a clear and a cloudy region in every layer. The
/// targets of make_column are `cloud_sides` minus `plane_parallel`, rounded to float32.
Fluxes fluxes_of(const RawColumn& inputs);

}  // namespace colonnade::synth
