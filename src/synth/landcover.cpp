// Scenes of a year at many places, under clouds, and a map of classes for each place.
//
// What is known: a class reflects in each band a mean and an annual cycle (cover_of); a pixel adds
// noise, a place and a scene an offset of their own. Clouds cover as many pixels as cloud_cover
// says, and brighten them. Where a place has no scene with few clouds in a part of the year, the
// best one is still cloudy.
#include "synth/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>

namespace colonnade::synth {

namespace {

constexpr std::size_t bands = 4;  // green, red, near and short-wave infrared
constexpr int days_between = 12, scenes_a_place = 30;
constexpr double stored_per_reflectance = 4000.0;

/// What a class reflects: means, amplitudes of the annual cycle, and the day of its maximum.
struct Cover {
  const char* name;
  std::array<double, bands> mean, amplitude;
  double day;
};
constexpr std::array covers = std::to_array<Cover>({
    {"water", {0.05, 0.04, 0.03, 0.01}, {0.01, 0.01, 0.00, 0.00}, 200.0},
    {"evergreen", {0.05, 0.04, 0.27, 0.12}, {0.00, 0.00, 0.02, 0.01}, 200.0},
    {"deciduous", {0.06, 0.06, 0.27, 0.16}, {0.01, -0.03, 0.10, -0.03}, 200.0},
    {"winter crop", {0.08, 0.09, 0.27, 0.22}, {0.01, -0.05, 0.11, -0.06}, 120.0},
    {"summer crop", {0.08, 0.09, 0.27, 0.22}, {0.01, -0.05, 0.11, -0.06}, 235.0},
    {"built-up", {0.11, 0.13, 0.21, 0.23}, {0.00, 0.00, 0.01, 0.00}, 200.0},
});

double reflectance_of(const Cover& cover, std::size_t band, double day) {
  constexpr double days_a_year = 366.0;
  return cover.mean[band] +
         cover.amplitude[band] * std::cos(2.0 * std::numbers::pi * (day - cover.day) / days_a_year);
}

/// A place: the class of each pixel, and by how much it is brighter than the class.
struct Place {
  Extent extent;
  std::vector<std::int16_t> classes;  ///< from 1 on
  std::array<double, bands> offset{};
};

/// Fields around seeds: a pixel belongs to the nearest.
Place make_place(Extent extent, base::Random random) {
  constexpr std::size_t fields = 14;
  struct Field {
    double y, x;
    std::int16_t cover;
  };
  std::array<Field, fields> seeds{};
  for (auto& seed : seeds)
    seed = {random.uniform(0.0, static_cast<double>(extent.y)),
            random.uniform(0.0, static_cast<double>(extent.x)),
            static_cast<std::int16_t>(1.0 + random.uniform() * static_cast<double>(covers.size()))};
  Place place{extent, {}};
  for (std::int64_t y = 0; y < extent.y; ++y)
    for (std::int64_t x = 0; x < extent.x; ++x) {
      const auto* const nearest = std::ranges::min_element(seeds, {}, [&](const Field& seed) {
        return std::hypot(seed.y - static_cast<double>(y), seed.x - static_cast<double>(x));
      });
      place.classes.push_back(nearest->cover);
    }
  for (auto& offset : place.offset) offset = 0.012 * random.normal();
  return place;
}

/// 1 where clouds are: the share `cover` of the pixels, where a smooth field is highest.
std::vector<std::int8_t> cloud_mask_of(Extent extent, double cover, base::Random& random) {
  const Waves cloud(random, extent);
  std::vector<double> field;
  for (std::int64_t y = 0; y < extent.y; ++y)
    for (std::int64_t x = 0; x < extent.x; ++x)
      field.push_back(cloud.at(static_cast<double>(y), static_cast<double>(x)));
  std::vector<std::size_t> order(field.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return field[i]; });
  const auto count =
      static_cast<std::size_t>(std::lround(cover * static_cast<double>(order.size())));
  std::vector<std::int8_t> mask(order.size(), 0);
  for (std::size_t i = 0; i < count; ++i) mask[order[i]] = 1;
  return mask;
}

void write_map(io::NetcdfWriter& file, const Place& place) {
  file.dimension("y", place.extent.y);
  file.dimension("x", place.extent.x);
  file.variable<std::int16_t>("landcover", {"y", "x"}, std::int16_t{-1});
  std::string names;
  for (std::size_t i = 0; i < covers.size(); ++i)
    names += fmt::format("{}{} {}", i == 0 ? "" : ", ", i + 1, covers[i].name);
  file.attribute("landcover", "long_name", names);
  file.attribute("landcover", "units", "1");
  file.write<std::int16_t>("landcover", place.classes);
}

void write_scene(io::NetcdfWriter& file, const Place& place, double day, base::Random random) {
  constexpr double clear_below = 0.03, noise = 0.025, haze = 0.008;
  constexpr double cloud_reflectance = 0.85, cloud_spread = 0.15;
  const double chance = std::pow(random.uniform(), 1.3);
  const auto clouds = cloud_mask_of(place.extent, chance < clear_below ? 0.0 : chance, random);
  const double brighter = haze * random.normal();
  std::vector<double> thickness(clouds.size());
  for (std::size_t i = 0; i < clouds.size(); ++i)
    thickness[i] = clouds[i] != 0 ? random.uniform(0.4, 1.0) : 0.0;
  std::vector<std::int16_t> stored;
  for (std::size_t band = 0; band < bands; ++band)
    for (std::size_t i = 0; i < clouds.size(); ++i) {
      const Cover& cover = covers[static_cast<std::size_t>(place.classes[i] - 1)];
      const double ground = reflectance_of(cover, band, day) + place.offset[band] + brighter;
      const double cloud = cloud_reflectance + cloud_spread * random.normal();
      const double seen = ground + thickness[i] * (cloud - ground) + noise * random.normal();
      stored.push_back(static_cast<std::int16_t>(std::lround(seen * stored_per_reflectance)));
    }
  const auto cloudy = std::accumulate(clouds.begin(), clouds.end(), std::int64_t{0});
  file.dimension("band", bands);
  file.dimension("y", place.extent.y);
  file.dimension("x", place.extent.x);
  file.variable<std::int16_t>("reflectance", {"band", "y", "x"}, std::int16_t{-32768});
  file.attribute("reflectance", "long_name", "reflectance, in units of 1/4000");
  file.attribute("reflectance", "units", "1");
  file.write<std::int16_t>("reflectance", stored);
  file.variable<float>("cloud_cover", {});
  file.attribute("cloud_cover", "units", "percent");
  const std::array cover{static_cast<float>(100.0 * static_cast<double>(cloudy) /
                                            static_cast<double>(place.extent.size()))};
  file.write<float>("cloud_cover", cover);
  file.variable<std::int8_t>("cloud_mask", {"y", "x"});
  file.attribute("cloud_mask", "long_name", "1 where clouds are");
  file.attribute("cloud_mask", "units", "1");
  file.write<std::int8_t>("cloud_mask", clouds);
}

std::string date_of(int day) {
  using namespace std::chrono;
  const year_month_day date{sys_days{year{2020} / January / 1} + days{day}};
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace

std::vector<KindFile> landcover_files(const Options& options) {
  expect_few(options.files, "places");
  std::vector<KindFile> files;
  for (std::int64_t p = 0; p < options.files; ++p) {
    auto of_place = random(options.seed, Stream::place, p);
    const int first_day = static_cast<int>(days_between * of_place.uniform());
    const auto place = std::make_shared<const Place>(make_place(Extent(options.columns), of_place));
    files.push_back({fmt::format("label_p{:03}.nc", p),
                     [=](io::NetcdfWriter& file) { write_map(file, *place); }});
    for (int i = 0; i < scenes_a_place; ++i) {
      const int day = first_day + i * days_between;
      files.push_back({fmt::format("scene_p{:03}_{}.nc", p, date_of(day)),
                       [=, seed = options.seed](io::NetcdfWriter& file) {
                         write_scene(file, *place, static_cast<double>(day + 1),
                                     random(seed, Stream::scene, p * scenes_a_place + i));
                       }});
    }
  }
  return files;
}

}  // namespace colonnade::synth
