// Time steps in ClimSim's low-resolution layout: the state before (mli) and after (mlo).
//
// What is known: what is in mlo is a function of what is in mli (step_of), but for noise in the
// tendencies: of `noise_t` and `noise_q` a second. Profiles are near the means of the published
// normalisation, so that normalised numbers are of order one.
#include "synth/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace colonnade::synth {

namespace {

constexpr std::size_t levels = 60;
constexpr double step_s = 1200.0;
constexpr double noise_t = 4e-6, noise_q = 2e-9;  // K s-1, kg kg-1 s-1

using Profile = std::array<double, levels>;

/// Values at every fourth level from the top, and one below the surface.
using Knots = std::array<double, 16>;
constexpr Knots mean_t_k{216, 256, 237, 217, 203, 204, 218, 233,
                         246, 258, 267, 274, 279, 282, 286, 289};
constexpr Knots spread_t_k{6.7,  6.3,  9.2,  6.7,  10.0, 5.5,  6.9,  11.3,
                           13.2, 13.4, 13.0, 12.8, 12.8, 13.1, 13.8, 14.5};
constexpr Knots mean_q{1.8e-6, 1.8e-6, 1.85e-6, 1.96e-6, 1.8e-6, 5.7e-6, 4.8e-5, 2.5e-4,
                       7.6e-4, 1.7e-3, 3.2e-3,  5.0e-3,  6.7e-3, 8.0e-3, 9.2e-3, 1.0e-2};

double at_level(const Knots& knots, std::size_t level) {
  return std::lerp(knots[level / 4], knots[level / 4 + 1], static_cast<double>(level % 4) / 4.0);
}

double logistic(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

/// A bell of height 1 around a level.
double bell(std::size_t level, double centre, double width) {
  const double away = (static_cast<double>(level) - centre) / width;
  return std::exp(-0.5 * away * away);
}

/// What a model's column starts a step with: K, kg kg-1, Pa, W m-2.
struct Before {
  Profile t{}, q{};
  double ps, solin, lhflx, shflx;
};

/// What it ends with; fluxes in the order of flux_names.
struct After {
  Profile t{}, q{};
  std::array<double, 8> fluxes{};
};
constexpr std::array flux_names =
    std::to_array<const char*>({"cam_out_NETSW", "cam_out_FLWDS", "cam_out_PRECSC", "cam_out_PRECC",
                                "cam_out_SOLS", "cam_out_SOLL", "cam_out_SOLSD", "cam_out_SOLLD"});

/// One place of the grid, with the rhythms of its weather.
struct Site {
  double latitude, longitude, land;              ///< radians; land from 0 to 1
  std::array<double, 6> period_days{}, phase{};  ///< of the weather

  [[nodiscard]] double weather(std::size_t i, double days) const {
    return std::cos(2.0 * std::numbers::pi * days / period_days[i] + phase[i]);
  }
};

Site site_of(std::uint64_t seed, std::int64_t column, std::int64_t columns) {
  auto numbers = random(seed, Stream::climate, column);
  const double part = (static_cast<double>(column) + 0.5) / static_cast<double>(columns);
  Site site{std::asin(2.0 * part - 1.0), numbers.uniform(0.0, 2.0 * std::numbers::pi),
            numbers.uniform() < 0.3 ? 1.0 : 0.0};
  for (std::size_t i = 0; i < site.phase.size(); ++i) {
    site.period_days[i] = numbers.uniform(0.6, 6.0);
    site.phase[i] = numbers.uniform(0.0, 2.0 * std::numbers::pi);
  }
  return site;
}

Before before_of(const Site& site, double days) {
  constexpr double declination = -0.3, solar_constant = 1361.0;
  const double warm = 2.0 * std::cos(site.latitude) * std::cos(site.latitude) - 1.2;
  const double hour_angle = 2.0 * std::numbers::pi * days + site.longitude;
  const double sun =
      std::max(0.0, std::sin(site.latitude) * std::sin(declination) +
                        std::cos(site.latitude) * std::cos(declination) * std::cos(hour_angle));
  Before column{};
  for (std::size_t level = 0; level < levels; ++level) {
    const double down = static_cast<double>(level) / (levels - 1);
    const double anomaly = warm * (2.0 * logistic(12.0 * (down - 0.35)) - 1.0) +
                           0.5 * site.weather(0, days) * std::sin(std::numbers::pi * down) +
                           0.4 * site.weather(1, days) * std::cos(2.0 * std::numbers::pi * down) +
                           0.3 * site.land * (sun - 0.3) * bell(level, 59.0, 5.0);
    column.t[level] = at_level(mean_t_k, level) + at_level(spread_t_k, level) * anomaly;
    const double moist = 0.6 * warm + 0.4 * site.weather(2, days) +
                         0.4 * site.weather(3, days) * std::sin(2.0 * std::numbers::pi * down);
    column.q[level] = at_level(mean_q, level) * std::exp(moist * logistic(20.0 * (down - 0.4)));
  }
  column.ps = 99500.0 - 9000.0 * site.land * std::abs(std::sin(3.0 * site.longitude)) +
              1200.0 * site.weather(4, days);
  column.solin = solar_constant * sun;
  column.lhflx = 75.0 + 45.0 * warm + 40.0 * site.weather(5, days) * (1.0 - 0.5 * site.land);
  column.shflx = 15.0 + site.land * 150.0 * (sun - 0.15) + 12.0 * site.weather(1, days);
  return column;
}

/// The physics: convection where the lowest levels are warm and moist, clouds where the middle
/// ones are moist.
After step_of(const Before& before, base::Random& numbers) {
  const double warm = (before.t[58] - 288.0) / 14.0, moist = before.q[58] / 0.0098 - 1.0;
  const double aloft = (before.t[36] - 258.0) / 13.4, middle = before.q[36] / 1.7e-3 - 1.0;
  const double convection =
      std::log1p(std::exp(2.0 * (warm + moist - 0.7 * aloft + before.lhflx / 150.0 - 0.8)));
  const double cloud = 0.9 * logistic(2.0 * middle - 0.5);
  After after;
  for (std::size_t level = 0; level < levels; ++level) {
    const double ptend_t =
        6e-5 * convection * bell(level, 38.0, 8.0) -
        1.5e-5 * (1.0 + cloud * bell(level, 30.0, 4.0)) +
        3e-5 * before.solin / 1361.0 * (bell(level, 6.0, 6.0) + 0.5 * bell(level, 35.0, 12.0)) +
        1e-4 * before.shflx / 100.0 * bell(level, 59.0, 2.5) + noise_t * numbers.normal();
    const double ptend_q =
        -4e-8 * convection * bell(level, 46.0, 7.0) * before.q[level] / at_level(mean_q, level) +
        1.2e-7 * before.lhflx / 100.0 * bell(level, 59.0, 2.5) +
        noise_q * numbers.normal() * at_level(mean_q, level) / mean_q.back();
    after.t[level] = before.t[level] + step_s * ptend_t;
    after.q[level] = std::max(0.1 * before.q[level], before.q[level] + step_s * ptend_q);
  }
  const double light = before.solin * 0.8, clear = 1.0 - cloud;
  const double snow = logistic((279.0 - before.t[58]) / 2.0);
  after.fluxes = {light * (1.0 - 0.6 * cloud) * 0.85,
                  5.67e-8 * std::pow(before.t[57], 4.0) * (0.72 + 0.2 * cloud),
                  2e-7 * convection * snow,
                  2.5e-7 * convection * (1.0 - snow),
                  0.45 * light * clear,
                  0.40 * light * clear,
                  0.45 * light * (0.1 * clear + 0.35 * cloud),
                  0.40 * light * (0.05 * clear + 0.35 * cloud)};
  return after;
}

/// Columns of a time step, as the files have them: levels first.
struct Step {
  std::vector<Before> before;
  std::vector<After> after;
};

Step make_step(const Options& options, std::int64_t number) {
  Step step;
  for (std::int64_t column = 0; column < options.columns; ++column) {
    auto numbers = random(options.seed, Stream::climate_step, number * options.columns + column);
    const Site site = site_of(options.seed, column, options.columns);
    step.before.push_back(before_of(site, static_cast<double>(number) * step_s / 86400.0));
    step.after.push_back(step_of(step.before.back(), numbers));
  }
  return step;
}

/// Writes (ncol), or (lev, ncol) with `deep`: `value(column, level)`.
template <typename Value>
void write_variable(io::NetcdfWriter& file, const std::string& name, const std::string& units,
                    std::size_t columns, bool deep, Value value) {
  std::vector<double> values;
  for (std::size_t level = 0; level < (deep ? levels : 1); ++level)
    for (std::size_t column = 0; column < columns; ++column) values.push_back(value(column, level));
  file.variable<double>(
      name, deep ? std::vector<std::string>{"lev", "ncol"} : std::vector<std::string>{"ncol"});
  file.attribute(name, "units", units);
  file.write<double>(name, values);
}

template <typename State>
void write_profiles(io::NetcdfWriter& file, const std::vector<State>& columns) {
  file.dimension("lev", levels);
  file.dimension("ncol", static_cast<std::int64_t>(columns.size()));
  write_variable(file, "state_t", "K", columns.size(), true,
                 [&](std::size_t column, std::size_t level) { return columns[column].t[level]; });
  write_variable(file, "state_q0001", "kg/kg", columns.size(), true,
                 [&](std::size_t column, std::size_t level) { return columns[column].q[level]; });
}

void write_before(io::NetcdfWriter& file, const std::vector<Before>& columns) {
  write_profiles(file, columns);
  const auto scalar = [&](const char* name, const char* units, double Before::*member) {
    write_variable(file, name, units, columns.size(), false,
                   [&](std::size_t column, std::size_t) { return columns[column].*member; });
  };
  scalar("state_ps", "Pa", &Before::ps);
  scalar("pbuf_SOLIN", "W/m2", &Before::solin);
  scalar("pbuf_LHFLX", "W/m2", &Before::lhflx);
  scalar("pbuf_SHFLX", "W/m2", &Before::shflx);
}

void write_after(io::NetcdfWriter& file, const std::vector<After>& columns) {
  write_profiles(file, columns);
  for (std::size_t i = 0; i < flux_names.size(); ++i)
    write_variable(file, flux_names[i], i == 2 || i == 3 ? "m/s" : "W/m2", columns.size(), false,
                   [&](std::size_t column, std::size_t) { return columns[column].fluxes[i]; });
}

/// The date of a step in the model's calendar, which starts on 1 February of year 1 and here has 28
/// days a month.
std::string date_of(std::int64_t step) {
  constexpr std::int64_t seconds_a_day = 86400, days_a_month = 28, months_a_year = 12;
  const std::int64_t seconds = step * static_cast<std::int64_t>(step_s);
  const std::int64_t day = seconds / seconds_a_day, month = 1 + day / days_a_month;
  return fmt::format("{:04}-{:02}-{:02}-{:05}", 1 + month / months_a_year,
                     1 + month % months_a_year, 1 + day % days_a_month, seconds % seconds_a_day);
}

}  // namespace

std::vector<KindFile> climsim_files(const Options& options) {
  expect_few(options.files, "time steps");
  std::vector<KindFile> files;
  for (std::int64_t step = 0; step < options.files; ++step) {
    const auto date = date_of(step);
    files.push_back({fmt::format("E3SM-MMF.mli.{}.nc", date), [=](io::NetcdfWriter& file) {
                       write_before(file, make_step(options, step).before);
                     }});
    files.push_back({fmt::format("E3SM-MMF.mlo.{}.nc", date), [=](io::NetcdfWriter& file) {
                       write_after(file, make_step(options, step).after);
                     }});
  }
  return files;
}

}  // namespace colonnade::synth
