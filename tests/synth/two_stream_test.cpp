#include <colonnade/synth/two_stream.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace colonnade::synth {
namespace {

constexpr std::size_t layer_count = 40;

/// A column with cloud in the layers 10 to 24, of a fraction and depth made from the index.
struct Column {
  std::vector<double> fraction = std::vector<double>(layer_count, 0.0);
  std::vector<CloudEntry> from_above{layer_count};
  std::vector<CloudEntry> from_below{layer_count};
  std::vector<double> down = std::vector<double>(layer_count + 1, 0.0);
  std::vector<double> up = std::vector<double>(layer_count + 1, 0.0);

  explicit Column(double exchange) {
    for (std::size_t k = 10; k < 25; ++k) {
      fraction[k] = 0.2 + 0.05 * static_cast<double>(k - 10);
    }
    for (std::size_t k = 0; k < layer_count; ++k) {
      const double above = k > 0 ? fraction[k - 1] : 0.0;
      const double below = k + 1 < layer_count ? fraction[k + 1] : 0.0;
      from_above[k] = mix_sides(overlap_entry(above, fraction[k], 0.7), fraction[k], exchange);
      from_below[k] = mix_sides(overlap_entry(below, fraction[k], 0.7), fraction[k], exchange);
    }
  }

  [[nodiscard]] std::vector<Regions<ShortwaveLayer>> shortwave(double albedo) const {
    std::vector<Regions<ShortwaveLayer>> layers(layer_count);
    for (std::size_t k = 0; k < layer_count; ++k) {
      layers[k].clear = shortwave_layer({0.01, albedo, 0.0}, 0.6);
      layers[k].cloudy = shortwave_layer({0.5 + 0.1 * static_cast<double>(k), albedo, 0.85}, 0.6);
    }
    return layers;
  }

  void solve_shortwave(double layer_albedo, double surface_albedo) {
    add_shortwave(shortwave(layer_albedo), from_above, from_above, {surface_albedo, surface_albedo},
                  1000.0, {down, up});
  }
};

TEST(ShortwaveLayer, ConservesLightWithoutAbsorption) {
  int compared = 0;
  for (const double depth : {1e-6, 0.01, 1.0, 20.0, 300.0}) {
    for (const double mu : {0.02, 0.3, 1.0}) {
      const auto layer = shortwave_layer({depth, 1.0, 0.8}, mu);
      EXPECT_NEAR(layer.reflectance + layer.transmittance, 1.0, 1e-6) << depth;
      EXPECT_NEAR(layer.direct_reflectance + layer.direct_to_diffuse + layer.direct_transmittance,
                  1.0, 1e-6)
          << depth << " " << mu;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 15);
}

TEST(ShortwaveLayer, MeetsBeersLawWithoutScattering) {
  const auto layer = shortwave_layer({0.7, 0.0, 0.0}, 0.35);
  EXPECT_NEAR(layer.direct_transmittance, std::exp(-2.0), 1e-15);
  EXPECT_NEAR(layer.transmittance, std::exp(-1.4), 1e-12);  // diffusivity 2
  EXPECT_EQ(layer.direct_reflectance, 0.0);
  EXPECT_EQ(layer.reflectance, 0.0);
}

TEST(ShortwaveLayer, IsContinuousAcrossItsResonance) {
  const LayerOptics optics{1.0, 0.3, 0.0};
  const double gamma1 = 2.0 - 0.3 * 1.25;
  const double gamma2 = 0.75 * 0.3;
  const double resonant = 1.0 / std::sqrt(gamma1 * gamma1 - gamma2 * gamma2);
  const auto onward = [&](double mu) { return shortwave_layer(optics, mu).direct_to_diffuse; };
  const double expected = 0.5 * (onward(0.999 * resonant) + onward(1.001 * resonant));
  for (const double factor : {1.0 - 1e-6, 1.0 - 1e-9, 1.0, 1.0 + 1e-9, 1.0 + 1e-6}) {
    EXPECT_NEAR(onward(factor * resonant) / expected, 1.0, 1e-4) << factor;
  }
}

TEST(AddShortwave, KeepsTheNetFluxConstantWithoutAbsorption) {
  for (const double exchange : {0.0, 0.3}) {
    for (const double surface_albedo : {0.0, 0.3, 1.0}) {
      Column column(exchange);
      column.solve_shortwave(1.0, surface_albedo);
      const double net = column.down[0] - column.up[0];
      EXPECT_NEAR(column.down[0], 1000.0, 1e-9);
      if (surface_albedo == 1.0) {
        EXPECT_NEAR(net, 0.0, 1e-2);
      } else {
        EXPECT_GT(net, 100.0);
      }
      for (std::size_t k = 0; k <= layer_count; ++k) {
        EXPECT_NEAR(column.down[k] - column.up[k], net, 1e-2) << k;
      }
    }
  }
}

TEST(AddShortwave, LosesLightInEveryLayerThatAbsorbs) {
  Column column(0.3);
  column.solve_shortwave(0.95, 0.3);
  for (std::size_t k = 0; k < layer_count; ++k) {
    EXPECT_GT(column.down[k] - column.up[k], column.down[k + 1] - column.up[k + 1]) << k;
    EXPECT_GT(column.up[k], 0.0);
  }
}

TEST(AddShortwave, ChangesWithLateralExchangeOnlyWhereThereIsCloud) {
  Column without(0.0);
  Column with(0.3);
  without.solve_shortwave(0.99, 0.2);
  with.solve_shortwave(0.99, 0.2);
  EXPECT_GT(std::abs(with.up[0] - without.up[0]), 1.0);

  std::fill(without.from_above.begin(), without.from_above.end(), CloudEntry{});
  std::fill(with.from_above.begin(), with.from_above.end(), mix_sides(CloudEntry{}, 0.0, 0.3));
  for (auto* column : {&without, &with}) {
    std::fill(column->down.begin(), column->down.end(), 0.0);
    std::fill(column->up.begin(), column->up.end(), 0.0);
    column->solve_shortwave(0.99, 0.2);
  }
  EXPECT_EQ(with.up, without.up);
  EXPECT_EQ(with.down, without.down);
}

TEST(AddShortwave, RefusesSpansOfUnequalLength) {
  Column column(0.0);
  column.up.pop_back();
  EXPECT_THROW(column.solve_shortwave(1.0, 0.5), std::logic_error);
}

TEST(LongwaveLayer, EmitsWhatItAbsorbsAtOneTemperature) {
  int compared = 0;
  for (const double depth : {1e-9, 5e-5, 7e-5, 0.1, 3.0, 100.0}) {
    const auto layer = longwave_layer(depth, 400.0, 400.0);
    EXPECT_NEAR(layer.transmittance, std::exp(-1.66 * depth), 1e-15);
    EXPECT_NEAR(layer.emission_up_w_m2, 400.0 * (1.0 - layer.transmittance), 1e-9) << depth;
    EXPECT_NEAR(layer.emission_down_w_m2, layer.emission_up_w_m2, 1e-9);
    ++compared;
  }
  EXPECT_EQ(compared, 6);
  const auto opaque = longwave_layer(1e4, 200.0, 400.0);
  EXPECT_NEAR(opaque.emission_up_w_m2, 200.0, 0.1);
  EXPECT_NEAR(opaque.emission_down_w_m2, 400.0, 0.1);
}

TEST(AddLongwave, FillsAnIsothermalColumnWithBlackBodyFlux) {
  for (const double exchange : {0.0, 0.5}) {
    Column column(exchange);
    std::vector<Regions<LongwaveLayer>> layers(layer_count);
    for (auto& layer : layers) {
      layer = {longwave_layer(0.05, 300.0, 300.0), longwave_layer(2.0, 300.0, 300.0)};
    }
    add_longwave(layers, column.fraction, column.from_above, column.from_below, {1.0, 300.0},
                 {column.down, column.up});
    EXPECT_EQ(column.down[0], 0.0);
    for (std::size_t k = 0; k <= layer_count; ++k) {
      EXPECT_NEAR(column.up[k], 300.0, 1e-9) << k;
      EXPECT_LT(column.down[k], 300.0);
    }
    EXPECT_GT(column.down[layer_count], 250.0);
  }
}

TEST(AddLongwave, ReflectsAtTheSurfaceWhatItDoesNotEmit) {
  Column column(0.2);
  std::vector<Regions<LongwaveLayer>> layers(layer_count);
  for (auto& layer : layers) {
    layer = {longwave_layer(0.05, 300.0, 300.0), longwave_layer(2.0, 300.0, 300.0)};
  }
  add_longwave(layers, column.fraction, column.from_above, column.from_below, {0.9, 400.0},
               {column.down, column.up});
  EXPECT_NEAR(column.up[layer_count], 0.9 * 400.0 + 0.1 * column.down[layer_count], 1e-9);
}

TEST(OverlapEntry, CarriesAreaFromLayerToLayer) {
  int compared = 0;
  for (const double from : {0.0, 0.1, 0.5, 1.0}) {
    for (const double to : {0.0, 0.3, 0.5, 1.0}) {
      for (const double overlap : {0.0, 0.6, 1.0}) {
        const auto entry = overlap_entry(from, to, overlap);
        EXPECT_NEAR(entry.clear * (1.0 - from) + entry.cloudy * from, to, 1e-15);
        const auto mixed = mix_sides(entry, to, 1.0);
        EXPECT_NEAR(mixed.clear, to, 1e-15);
        EXPECT_NEAR(mixed.cloudy, to, 1e-15);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 48);
  EXPECT_NEAR(overlap_entry(0.3, 0.4, 1.0).cloudy, 1.0, 1e-15);
  EXPECT_NEAR(overlap_entry(0.3, 0.4, 0.0).cloudy, 0.4, 1e-15);
}

}  // namespace
}  // namespace colonnade::synth
