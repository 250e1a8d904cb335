#include "synth/parts.hpp"

#include <algorithm>
#include <cmath>

namespace colonnade::synth {
namespace {

/// Hybrid levels: a share of the surface pressure that goes from 0 to 1, fine at both ends.
void fill_pressures(LevelTables& tables) {
  constexpr double lowest_constant = 0.075;  // above this share levels keep their pressure
  for (std::size_t k = 0; k < data::half_levels; ++k) {
    const double depth = static_cast<double>(k) / data::full_levels;
    const double upper = std::pow(depth, 2.2);
    const double share = upper / (upper + 3.84 * std::pow(1.0 - depth, 1.7));
    const double moving = std::max(0.0, (share - lowest_constant) / (1.0 - lowest_constant));
    tables.reference_pressure_pa[k] = share * standard_pressure_pa;
    tables.surface_share[k] = moving * std::sqrt(moving);
  }
}

/// Gases fade above 100 hPa with a power of pressure, and end where nothing is left of them.
struct GasShape {
  double power;
  double top_pa;
};
constexpr std::array<GasShape, 6> gas_shapes{
    {{0.15, 0.0}, {0.21, 0.0}, {0.70, 100.0}, {0.40, 40.0}, {0.17, 0.0}, {0.90, 200.0}}};

/// Tropospheric aerosols go with a power of pressure up to their top.
struct AerosolShape {
  double power;
  double top_pa;
};
constexpr std::array<AerosolShape, col::aerosols - 1> aerosol_shapes{{{6.8, 5500.0},
                                                                      {6.5, 3000.0},
                                                                      {6.5, 3200.0},
                                                                      {6.4, 5100.0},
                                                                      {6.6, 4900.0},
                                                                      {6.6, 5100.0},
                                                                      {2.2, 1100.0},
                                                                      {0.5, 0.0},
                                                                      {6.5, 5800.0},
                                                                      {6.6, 6500.0},
                                                                      {1.2, 1100.0}}};

void fill_composition(LevelTables& tables) {
  constexpr double fade_pa = 1e4;
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    const double pressure_pa =
        0.5 * (tables.reference_pressure_pa[k] + tables.reference_pressure_pa[k + 1]);
    for (std::size_t gas = 0; gas < gas_shapes.size(); ++gas) {
      const auto [power, top_pa] = gas_shapes[gas];
      const double left = std::pow(std::min(1.0, pressure_pa / fade_pa), power);
      tables.gas_shape[gas][k] = pressure_pa < top_pa ? 0.0 : left;
    }
    const double share = pressure_pa / standard_pressure_pa;
    for (std::size_t type = 0; type < aerosol_shapes.size(); ++type) {
      const auto [power, top_pa] = aerosol_shapes[type];
      tables.aerosol_shape[type][k] = pressure_pa < top_pa ? 0.0 : std::pow(share, power);
    }
    // The last type is the sulphate of the stratosphere.
    tables.aerosol_shape[col::aerosols - 1][k] = std::exp(-12.0 * share);
  }
}

}  // namespace

const LevelTables& level_tables() {
  static const LevelTables tables = [] {
    LevelTables made;
    fill_pressures(made);
    fill_composition(made);
    return made;
  }();
  return tables;
}

std::array<double, data::half_levels> smooth_noise(base::Random& random) {
  constexpr std::size_t spacing = 12;
  std::array<double, data::half_levels> noise;
  double left = random.normal();
  for (std::size_t start = 0; start < data::half_levels; start += spacing) {
    const double right = random.normal();
    for (std::size_t k = start; k < std::min(start + spacing, data::half_levels); ++k) {
      const double x = static_cast<double>(k - start) / spacing;
      noise[k] = left + (right - left) * x * x * (3.0 - 2.0 * x);
    }
    left = right;
  }
  return noise;
}

}  // namespace colonnade::synth
