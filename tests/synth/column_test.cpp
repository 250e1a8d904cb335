#include <colonnade/synth/column.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

namespace colonnade::synth {
namespace {

constexpr std::size_t features = 27;

/// One column and the memory behind it.
struct Column {
  std::vector<float> hl = std::vector<float>(2 * data::half_levels);
  std::vector<float> inter = std::vector<float>(data::inter_levels);
  std::vector<float> sca = std::vector<float>(17);
  std::vector<float> col = std::vector<float>(data::full_levels * features);
  std::array<std::vector<float>, 4> targets;

  Column(std::uint64_t seed, std::uint64_t number) {
    targets.fill(std::vector<float>(data::half_levels, -7.0F));
    make_column(seed, number, view());
  }

  RawColumn view() { return {hl, inter, sca, col, targets[0], targets[1], targets[2], targets[3]}; }
  [[nodiscard]] double temperature(std::size_t k) const { return hl[2 * k]; }
  [[nodiscard]] double pressure(std::size_t k) const { return hl[2 * k + 1]; }
  [[nodiscard]] float at(std::size_t level, std::size_t feature) const {
    return col[level * features + feature];
  }
  [[nodiscard]] bool cloudy() const {
    for (std::size_t k = 0; k < data::full_levels; ++k) {
      if (at(k, 10) > 0.0F) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool night() const { return sca[1] == 0.0F; }
  bool operator==(const Column&) const = default;
};

/// Calls check(column) for the first `count` columns of seed 1.
template <typename Check>
void for_columns(std::uint64_t count, Check&& check) {
  for (std::uint64_t number = 0; number < count; ++number) {
    SCOPED_TRACE(number);
    check(Column(1, number));
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

TEST(SynthColumn, HasHydrostaticPressureOnHybridLevels) {
  const Column first(1, 0);
  std::set<float> surface_pressures;
  for_columns(300, [&](const Column& c) {
    EXPECT_EQ(c.pressure(0), 0.0);
    for (std::size_t k = 0; k < data::full_levels; ++k) {
      ASSERT_LT(c.pressure(k), c.pressure(k + 1)) << k;
    }
    EXPECT_GT(c.pressure(data::full_levels), 60000.0);
    EXPECT_LT(c.pressure(data::full_levels), 106000.0);
    EXPECT_EQ(c.pressure(50), first.pressure(50));
    surface_pressures.insert(c.hl.back());
    // The overlap parameter falls with hydrostatic distance at one rate in the whole column.
    const auto thickness = [&](std::size_t k) {
      return 0.5 * (c.temperature(k) + c.temperature(k + 1)) *
             std::log(c.pressure(k + 1) / c.pressure(k));
    };
    const auto rate = [&](std::size_t k) {
      return -std::log(static_cast<double>(c.inter[k])) / (thickness(k) + thickness(k + 1));
    };
    for (std::size_t k = 41; k < data::inter_levels; ++k) {
      ASSERT_NEAR(rate(k) / rate(40), 1.0, 1e-3) << k;
    }
  });
  EXPECT_GT(surface_pressures.size(), 290U);
}

TEST(SynthColumn, HasATropopauseUnderAWarmStratosphere) {
  std::size_t columns = 0;
  for_columns(500, [&](const Column& c) {
    std::size_t coldest = data::full_levels;
    double stratopause_k = 0.0;
    for (std::size_t k = 1; k < data::half_levels; ++k) {
      if (c.pressure(k) > 2000.0 && c.temperature(k) < c.temperature(coldest)) {
        coldest = k;
      }
      if (c.pressure(k) < 500.0) {
        stratopause_k = std::max(stratopause_k, c.temperature(k));
      }
    }
    EXPECT_GT(c.pressure(coldest), 2000.0);
    EXPECT_LT(c.pressure(coldest), 40000.0);
    EXPECT_GT(stratopause_k, c.temperature(coldest) + 15.0);
    EXPECT_GT(c.temperature(data::full_levels), c.temperature(coldest) + 5.0);
    for (std::size_t k = 0; k < data::half_levels; ++k) {
      ASSERT_GE(c.temperature(k), 165.0);
      ASSERT_LE(c.temperature(k), 325.0);
    }
    ++columns;
  });
  EXPECT_EQ(columns, 500U);
}

/// The formula of Sonntag (1990), which the sources do not use, kg kg-1.
double saturation_humidity(double temperature_k, double pressure_pa) {
  const double celsius = temperature_k - 273.15;
  const double vapour_pa = celsius < 0.0 ? 611.2 * std::exp(22.46 * celsius / (272.62 + celsius))
                                         : 611.2 * std::exp(17.62 * celsius / (243.12 + celsius));
  return 0.622 * vapour_pa / (pressure_pa - 0.378 * vapour_pa);
}

TEST(SynthColumn, IsNeverMoreThanSaturated) {
  double most = 0.0;
  for_columns(500, [&](const Column& c) {
    for (std::size_t k = 0; k < data::full_levels; ++k) {
      const double q = c.at(k, 0);
      ASSERT_GT(q, 0.0);
      if (q > 1e-5) {
        const double kelvin = 0.5 * (c.temperature(k) + c.temperature(k + 1));
        const double pascal = 0.5 * (c.pressure(k) + c.pressure(k + 1));
        most = std::max(most, q / saturation_humidity(kelvin, pascal));
      }
    }
  });
  EXPECT_LT(most, 1.04);
  EXPECT_GT(most, 0.96) << "overcast air is saturated";
}

TEST(SynthColumn, HasWaterOnlyInClouds) {
  std::size_t cloudy_levels = 0;
  for_columns(500, [&](const Column& c) {
    for (std::size_t k = 0; k < data::full_levels; ++k) {
      const float water = c.at(k, 23) + c.at(k, 24);
      ASSERT_GE(c.at(k, 10), 0.0F);
      ASSERT_LE(c.at(k, 10), 1.0F);
      ASSERT_EQ(c.at(k, 10) > 0.0F, water > 0.0F) << k;
      ASSERT_GE(c.at(k, 25), 4.0e-6F);
      ASSERT_LE(c.at(k, 25), 3.0e-5F);
      ASSERT_GE(c.at(k, 26), 1.5e-5F);
      ASSERT_LE(c.at(k, 26), 1.0e-4F);
      cloudy_levels += c.at(k, 10) > 0.0F ? 1 : 0;
      const double kelvin = 0.5 * (c.temperature(k) + c.temperature(k + 1));
      if (kelvin > 273.2) {
        ASSERT_EQ(c.at(k, 24), 0.0F) << "no ice above freezing";
      }
      if (kelvin < 250.1) {
        ASSERT_EQ(c.at(k, 23), 0.0F) << "no liquid in the deep cold";
      }
    }
    for (const float overlap : c.inter) {
      ASSERT_GE(overlap, 0.0F);
      ASSERT_LE(overlap, 1.0F);
    }
  });
  EXPECT_GT(cloudy_levels, 500U * 8);
  EXPECT_LT(cloudy_levels, 500U * 30);
}

TEST(SynthColumn, HasTargetsOnlyUnderCloudAndShortwaveOnlyByDay) {
  constexpr double columns = 2000;
  double clear = 0.0;
  double night = 0.0;
  std::array<double, 4> magnitude{};
  std::size_t zeros = 0;
  for_columns(static_cast<std::uint64_t>(columns), [&](const Column& c) {
    clear += c.cloudy() ? 0.0 : 1.0;
    night += c.night() ? 1.0 : 0.0;
    for (std::size_t t = 0; t < 4; ++t) {
      double sum = 0.0;
      for (const float value : c.targets[t]) {
        sum += std::abs(static_cast<double>(value));
      }
      magnitude[t] += sum / (columns * data::half_levels);
      const bool silent = !c.cloudy() || (t < 2 && c.night());
      if (silent) {
        EXPECT_EQ(sum, 0.0) << t;
        ++zeros;
      }
    }
  });
  EXPECT_NEAR(clear / columns, 0.15, 0.03);
  EXPECT_NEAR(night / columns, 0.15, 0.03);
  EXPECT_GT(zeros, 1500U);
  for (const double mean : magnitude) {
    EXPECT_GT(mean, 0.1);
    EXPECT_LT(mean, 1.5);
  }
}

TEST(SynthColumn, HasPlausibleFluxes) {
  for_columns(300, [](Column c) {
    const auto fluxes = fluxes_of(c.view());
    const double incoming = static_cast<double>(c.sca[1]) * c.sca[16];
    for (const auto& way : {fluxes.plane_parallel, fluxes.cloud_sides}) {
      EXPECT_NEAR(way.dn_sw[0], incoming, 1e-9);
      EXPECT_EQ(way.dn_lw[0], 0.0);
      EXPECT_GT(way.up_lw[0], 80.0);
      EXPECT_LT(way.up_lw[0], 370.0);
      EXPECT_GT(way.dn_lw[data::full_levels], 40.0);
      for (std::size_t k = 0; k < data::half_levels; ++k) {
        ASSERT_EQ(way.dn_sw[k] > 0.0, !c.night());
        ASSERT_EQ(way.up_sw[k] > 0.0, !c.night());
        ASSERT_LE(way.up_sw[k], way.dn_sw[k] + 1e-9) << "only the sun heats";
        ASSERT_GT(way.up_lw[k], 0.0);
      }
    }
  });
}

TEST(SynthColumn, TargetsFollowFromTheStoredInputsBitForBit) {
  std::size_t compared = 0;
  for_columns(300, [&](Column c) {
    const auto before = c.targets;
    for (auto& target : c.targets) {
      std::fill(target.begin(), target.end(), 1e9F);
    }
    const auto [without, with] = fluxes_of(c.view());
    for (std::size_t k = 0; k < data::half_levels; ++k) {
      ASSERT_EQ(static_cast<float>(with.dn_sw[k] - without.dn_sw[k]), before[0][k]);
      ASSERT_EQ(static_cast<float>(with.up_sw[k] - without.up_sw[k]), before[1][k]);
      ASSERT_EQ(static_cast<float>(with.dn_lw[k] - without.dn_lw[k]), before[2][k]);
      ASSERT_EQ(static_cast<float>(with.up_lw[k] - without.up_lw[k]), before[3][k]);
      compared += 4;
    }
  });
  EXPECT_EQ(compared, 300U * 4 * data::half_levels);
}

TEST(SynthColumn, IsAFunctionOfSeedAndNumberAlone) {
  std::vector<Column> forward;
  for (std::uint64_t number = 0; number < 50; ++number) {
    forward.emplace_back(7, number);
  }
  for (std::uint64_t number = 50; number-- > 0;) {
    EXPECT_EQ(Column(7, number), forward[number]) << number;
    EXPECT_NE(Column(8, number).hl, forward[number].hl) << number;
  }
  EXPECT_NE(forward[0].hl, forward[1].hl);
}

TEST(SynthColumn, IsFiniteEverywhere) {
  std::size_t values = 0;
  for_columns(5000, [&](const Column& c) {
    const auto count = [&](const std::vector<float>& part) {
      for (const float value : part) {
        ASSERT_TRUE(std::isfinite(value));
      }
      values += part.size();
    };
    count(c.hl);
    count(c.inter);
    count(c.sca);
    count(c.col);
    for (const auto& target : c.targets) {
      count(target);
    }
  });
  EXPECT_EQ(values, 5000U * (4128 + 552));
}

TEST(SynthColumn, KeepsAsManyFeaturesConstantAsTheRealColumns) {
  const Column first(1, 0);
  std::vector<bool> varies(first.col.size(), false);
  for_columns(500, [&](const Column& c) {
    for (std::size_t n = 0; n < varies.size(); ++n) {
      varies[n] = varies[n] || c.col[n] != first.col[n];
    }
  });
  const auto constant = std::count(varies.begin(), varies.end(), false);
  EXPECT_GT(constant, 700);
  EXPECT_LT(constant, 1200);
  for (std::size_t k = 0; k < data::full_levels; ++k) {
    EXPECT_FALSE(varies[k * features + 5]) << "oxygen";
    EXPECT_TRUE(varies[k * features]) << "humidity";
  }
}

TEST(SynthColumn, RefusesAMisshapenColumn) {
  Column c(1, 0);
  auto view = c.view();
  view.flux_up_lw = view.flux_up_lw.first(137);
  EXPECT_THROW(make_column(1, 0, view), std::logic_error);
  view = c.view();
  view.col_inputs = view.col_inputs.first(100);
  EXPECT_THROW(make_column(1, 0, view), std::logic_error);
}

}  // namespace
}  // namespace colonnade::synth
