// Scans of fires, in the layout of GOES' fire product (FDCC): temperature and power where there is
// fire, a mask, quality flags; and, which the product does not have, brightness temperatures of the
// two bands that it is made from.
//
// What is known: on fire days a few fires live for hours, move and grow; on quiet days there are
// false alarms of one pixel, shorter and cooler. Given its class, a pixel's brightness temperatures
// are independent normal numbers (bands_of).
#include "synth/kinds.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>

namespace colonnade::synth {

namespace {

constexpr std::int64_t minutes_a_day = 1440, minutes_a_scan = 5;

struct Day {
  int year, number;
  bool fires;
};
constexpr std::array days = std::to_array<Day>({{2018, 314, true},
                                                {2018, 315, true},
                                                {2018, 316, true},
                                                {2018, 317, true},
                                                {2018, 318, true},
                                                {2019, 197, false},
                                                {2019, 198, false},
                                                {2019, 199, false},
                                                {2019, 200, false},
                                                {2019, 201, false}});

/// A fire, or a false alarm, through its day.
struct Event {
  double begin_h, end_h, y, x, y_an_hour, x_an_hour, widest_pixels, hottest_k;

  /// Temperature in K at a pixel; nothing where it does not burn.
  [[nodiscard]] std::optional<double> at(double pixel_y, double pixel_x, double hour) const {
    if (hour < begin_h || hour > end_h) return std::nullopt;
    const double age = (hour - begin_h) / (end_h - begin_h);
    const double radius = widest_pixels * std::min(1.0, 0.4 + 2.0 * age);
    const double distance =
        std::hypot(pixel_y - y - y_an_hour * hour, pixel_x - x - x_an_hour * hour);
    if (distance > radius) return std::nullopt;
    return hottest_k - 120.0 * std::abs(2.0 * age - 1.0) - 60.0 * distance / radius;
  }
};

std::vector<Event> events_of(const Day& day, Extent extent, base::Random& random) {
  constexpr int fires = 10, alarms = 60;
  constexpr double hours_a_day = 24.0;
  std::vector<Event> events;
  for (int i = 0; i < (day.fires ? fires : alarms); ++i) {
    const double length_h = day.fires ? random.uniform(5.0, 14.0) : random.uniform(0.2, 1.2);
    const double begin_h = random.uniform(-0.5 * length_h, hours_a_day - 0.5 * length_h);
    const double y = random.uniform(0.15, 0.85) * static_cast<double>(extent.y - 1);
    const double x = random.uniform(0.15, 0.85) * static_cast<double>(extent.x - 1);
    const double pixels_an_hour = day.fires ? 0.15 : 0.0;
    events.push_back({begin_h, begin_h + length_h, std::round(y), std::round(x),
                      pixels_an_hour * random.normal(), pixels_an_hour * random.normal(),
                      day.fires ? random.uniform(1.0, 2.5) : 0.5,
                      (day.fires ? 820.0 : 640.0) + 50.0 * random.normal()});
  }
  return events;
}

/// Brightness temperature in K: at 11.2 um, and how much warmer at 3.9 um.
struct Bands {
  double mean, spread, warmer, warmer_spread;
};

Bands bands_of(int mask) {
  if (mask < 100) return {302.0, 7.0, 28.0, 10.0};  // fire
  if (mask == 100) return {295.0, 6.0, 4.0, 2.0};   // clear land
  if (mask >= 200) return {262.0, 18.0, 9.0, 5.0};  // cloud
  return {288.0, 3.0, -1.5, 1.5};                   // water and such: no retrieval
}

/// The values of one scan.
struct Scan {
  std::vector<std::int16_t> temperature, mask, band_7, band_14;
  std::vector<float> power;
  std::vector<std::int8_t> quality;
};

/// As a packed number without a sign, in a type with one.
std::int16_t packed(double value, double scale, double offset) {
  return static_cast<std::int16_t>(
      static_cast<std::uint16_t>(std::lround((value - offset) / scale)));
}

/// What the surface and a day are like; the same for all scans of it.
struct Weather {
  Extent extent;
  Waves surface, cloud;
  std::vector<Event> events;
};

int fire_mask(double temperature_k, base::Random& random) {
  const int found = temperature_k > 820.0 ? 11 : temperature_k > 660.0 ? 10 : 13;
  const int grade = found == 13 ? static_cast<int>(3.0 * random.uniform()) : 0;
  return found + grade + (random.uniform() < 0.4 ? 20 : 0);  // of 30 and more: filtered in time
}

constexpr double temperature_scale = 0.05493667, temperature_offset_k = 400.0;
constexpr double band_scale = 0.01, band_offset_k = 150.0;

/// What one pixel shows.
void look(const Weather& weather, std::int64_t y, std::int64_t x, double hour, base::Random& random,
          Scan& scan) {
  constexpr double cloudy_above = 0.7, water_below = -1.1;
  constexpr std::array cloud_tests = std::to_array<int>({200, 205, 210, 215, 220, 240});
  const auto at_y = static_cast<double>(y), at_x = static_cast<double>(x);
  const double chance = random.uniform();
  std::optional<double> burns;
  for (const auto& event : weather.events) burns = std::max(burns, event.at(at_y, at_x, hour));
  int mask = 100, quality = 1;
  if (weather.cloud.at(at_y, at_x, hour) > cloudy_above) {
    mask = cloud_tests[static_cast<std::size_t>(chance * cloud_tests.size())];
    quality = 2;
  } else if (weather.surface.at(at_y, at_x) < water_below) {
    mask = 150 + static_cast<int>(4.0 * chance);
    quality = 3;
  } else if (burns) {
    *burns = std::max(*burns + 25.0 * random.normal(), 410.0);
    mask = fire_mask(*burns, random);
    quality = 0;
  }
  const bool fire = quality == 0;
  const double ratio = fire ? *burns / 600.0 : 0.0;
  const Bands bands = bands_of(mask);
  const double band_14_k = bands.mean + bands.spread * random.normal();
  const double band_7_k = band_14_k + bands.warmer + bands.warmer_spread * random.normal();
  scan.temperature.push_back(fire ? packed(*burns, temperature_scale, temperature_offset_k)
                                  : std::int16_t{-1});
  scan.power.push_back(
      fire ? static_cast<float>(40.0 * ratio * ratio * ratio * ratio * (0.5 + chance)) : -9.0F);
  scan.mask.push_back(static_cast<std::int16_t>(mask));
  scan.quality.push_back(static_cast<std::int8_t>(quality));
  scan.band_7.push_back(packed(band_7_k, band_scale, band_offset_k));
  scan.band_14.push_back(packed(band_14_k, band_scale, band_offset_k));
}

/// Unsigned 16-bit numbers, packed as the product packs them.
void write_packed(io::NetcdfWriter& file, const std::string& name, const std::string& long_name,
                  double scale, double offset, const std::vector<std::int16_t>& values) {
  file.variable<std::int16_t>(name, {"y", "x"}, std::int16_t{-1},
                              io::NetcdfWriter::Storage::deflated);
  file.attribute(name, "long_name", long_name);
  file.attribute(name, "units", "K");
  file.attribute(name, "_Unsigned", "true");
  file.attribute(name, "valid_range", std::vector<std::int16_t>{0, -6});
  file.attribute(name, "scale_factor", std::vector{static_cast<float>(scale)});
  file.attribute(name, "add_offset", std::vector{static_cast<float>(offset)});
  file.write<std::int16_t>(name, values);
}

void write_scan(io::NetcdfWriter& file, const Weather& weather, double hour, base::Random random) {
  constexpr auto deflated = io::NetcdfWriter::Storage::deflated;
  Scan scan;
  for (std::int64_t y = 0; y < weather.extent.y; ++y)
    for (std::int64_t x = 0; x < weather.extent.x; ++x) look(weather, y, x, hour, random, scan);
  file.dimension("y", weather.extent.y);
  file.dimension("x", weather.extent.x);
  write_packed(file, "Temp", "fire temperature", temperature_scale, temperature_offset_k,
               scan.temperature);
  file.variable<float>("Power", {"y", "x"}, -9.0F, deflated);
  file.attribute("Power", "long_name", "fire radiative power");
  file.attribute("Power", "units", "MW");
  file.attribute("Power", "valid_range", std::vector{0.0F, 200000.0F});
  file.write<float>("Power", scan.power);
  file.variable<std::int16_t>("Mask", {"y", "x"}, std::int16_t{-99}, deflated);
  file.attribute("Mask", "long_name",
                 "10-15 and 30-35 fire, 100 clear land, 150-153 no retrieval, 200-245 cloud");
  file.attribute("Mask", "units", "1");
  file.attribute("Mask", "valid_range", std::vector<std::int16_t>{0, 245});
  file.write<std::int16_t>("Mask", scan.mask);
  file.variable<std::int8_t>("DQF", {"y", "x"}, std::int8_t{-1}, deflated);
  file.attribute("DQF", "long_name", "0 fire, 1 clear land, 2 cloud, 3 no retrieval");
  file.attribute("DQF", "units", "1");
  file.write<std::int8_t>("DQF", scan.quality);
  write_packed(file, "CMI_C07", "brightness temperature at 3.9 um", band_scale, band_offset_k,
               scan.band_7);
  write_packed(file, "CMI_C14", "brightness temperature at 11.2 um", band_scale, band_offset_k,
               scan.band_14);
}

}  // namespace

std::vector<KindFile> fire_files(const Options& options) {
  const std::int64_t most = minutes_a_day / minutes_a_scan;
  if (options.files < 1 || options.files > most)
    throw base::Error(base::ErrorKind::usage, "a day has a scan in five minutes",
                      {.value = fmt::format("--files {}", options.files),
                       .hint = fmt::format("at most {} a day", most)});
  const Extent extent(options.columns);
  auto of_seed = random(options.seed, Stream::fire_surface, 0);
  const Waves surface(of_seed, extent);
  std::vector<KindFile> files;
  for (std::size_t d = 0; d < days.size(); ++d) {
    auto of_day = random(options.seed, Stream::fire_day, static_cast<std::int64_t>(d));
    const Waves cloud(of_day, extent);
    const auto weather = std::make_shared<const Weather>(
        Weather{extent, surface, cloud, events_of(days[d], extent, of_day)});
    for (std::int64_t scan = 0; scan < options.files; ++scan) {
      const std::int64_t minute = scan * most / options.files * minutes_a_scan;
      const auto number = static_cast<std::int64_t>(d) * minutes_a_day + minute;
      files.push_back({fmt::format("FDCC_{}_{:03}_{:02}_{:02}.nc", days[d].year, days[d].number,
                                   minute / 60, minute % 60),
                       [=, seed = options.seed](io::NetcdfWriter& file) {
                         write_scan(file, *weather, static_cast<double>(minute) / 60.0,
                                    random(seed, Stream::fire_scan, number));
                       }});
    }
  }
  return files;
}

}  // namespace colonnade::synth
