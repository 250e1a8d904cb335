// Chips of an image with lists of labels.
//
// What is known: label k is present with probability label_chance(k), on its own, but that a chip
// without labels is drawn again: from 43 % of the chips for label 0 down to 1 % for label 12. A
// label adds a pattern of `signal` standard deviations of the noise, and patterns are orthogonal,
// so that the probability of a label given a chip is all but that of a logistic regression.
#include "synth/kinds.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/mpi/partition.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace colonnade::synth {

namespace {

constexpr std::size_t labels = 13, slots = 6, bands = 3, side = 8;
constexpr std::size_t chip_values = bands * side * side;
constexpr double signal = 4.0, noise = 0.05;

double label_chance(std::size_t label) {
  constexpr double most = 0.33, least = 0.008;
  return most * std::pow(least / most, static_cast<double>(label) / (labels - 1));
}

/// A texture of the label's own, of length 1: a plane wave over the chip, and its colour.
std::array<double, chip_values> pattern_of(std::size_t label) {
  static constexpr auto waves = std::to_array<std::array<std::size_t, 2>>({{0, 1},
                                                                           {1, 0},
                                                                           {1, 1},
                                                                           {0, 2},
                                                                           {2, 0},
                                                                           {1, 2},
                                                                           {2, 1},
                                                                           {2, 2},
                                                                           {0, 3},
                                                                           {3, 0},
                                                                           {1, 3},
                                                                           {3, 1},
                                                                           {3, 3}});
  static_assert(waves.size() == labels);
  const double turn = 2.0 * std::numbers::pi;
  const double third = turn / static_cast<double>(bands);
  std::array<double, chip_values> pattern{};
  double squares = 0.0;
  for (std::size_t i = 0; i < chip_values; ++i) {
    const std::size_t band = i / (side * side), y = i / side % side, x = i % side;
    const double colour =
        1.0 + 0.5 * std::cos(third * static_cast<double>(band) + static_cast<double>(label));
    const auto place = static_cast<double>(waves[label][0] * y + waves[label][1] * x);
    pattern[i] = colour * std::cos(turn * place / static_cast<double>(side));
    squares += pattern[i] * pattern[i];
  }
  for (auto& value : pattern) value /= std::sqrt(squares);
  return pattern;
}

struct Chip {
  std::array<float, chip_values> values{};
  std::array<std::int16_t, slots> labels{};
};

/// Some chips have no data, and some lack the rows from one on.
void take_data_away(Chip& chip, base::Random& random) {
  constexpr double without = 0.04, in_part = 0.05;
  const double chance = random.uniform();
  const auto rows = static_cast<std::size_t>(1.0 + 4.0 * random.uniform());
  for (std::size_t i = 0; i < chip_values; ++i)
    if (chance < without || (chance < without + in_part && i / side % side >= side - rows))
      chip.values[i] = std::numeric_limits<float>::quiet_NaN();
}

Chip make_chip(const std::array<std::array<double, chip_values>, labels>& patterns,
               base::Random random) {
  Chip chip;
  chip.labels.fill(-1);
  std::array<double, chip_values> sum{};
  const double brightness = 0.05 * random.normal();
  for (std::size_t slot = 0; slot == 0;)
    for (std::size_t label = 0; label < labels; ++label) {
      if (random.uniform() >= label_chance(label) || slot == slots) continue;
      chip.labels[slot++] = static_cast<std::int16_t>(label);
      for (std::size_t i = 0; i < chip_values; ++i) sum[i] += signal * patterns[label][i];
    }
  for (std::size_t i = 0; i < chip_values; ++i) {
    const std::size_t band = i / (side * side);
    const double ground = 0.25 + 0.1 * static_cast<double>(band) + brightness;
    chip.values[i] = static_cast<float>(ground + noise * (sum[i] + random.normal()));
  }
  take_data_away(chip, random);
  return chip;
}

void write_chips(io::NetcdfWriter& file, std::uint64_t seed, mpi::Range chips) {
  std::array<std::array<double, chip_values>, labels> patterns{};
  for (std::size_t label = 0; label < labels; ++label) patterns[label] = pattern_of(label);
  std::vector<float> values;
  std::vector<std::int16_t> lists;
  for (auto number = chips.begin; number < chips.end; ++number) {
    const Chip chip = make_chip(patterns, random(seed, Stream::chip, number));
    values.insert(values.end(), chip.values.begin(), chip.values.end());
    lists.insert(lists.end(), chip.labels.begin(), chip.labels.end());
  }
  file.dimension("sample", chips.size());
  file.dimension("band", bands);
  file.dimension("y", side);
  file.dimension("x", side);
  file.dimension("slot", slots);
  file.variable<float>("chip", {"sample", "band", "y", "x"},
                       std::numeric_limits<float>::quiet_NaN());
  file.attribute("chip", "long_name", "reflectance");
  file.attribute("chip", "units", "1");
  file.write<float>("chip", values);
  file.variable<std::int16_t>("labels", {"sample", "slot"}, std::int16_t{-1});
  file.attribute("labels", "long_name", "labels from 0 to 12 of what is in the chip");
  file.attribute("labels", "units", "1");
  file.write<std::int16_t>("labels", lists);
}

}  // namespace

std::vector<KindFile> chip_files(const Options& options) {
  expect_files(options);
  std::vector<KindFile> files;
  for (std::int64_t f = 0; f < options.files; ++f)
    files.push_back({fmt::format("chips_{:03}.nc", f),
                     [seed = options.seed, chips = mpi::share(options.columns, options.files, f)](
                         io::NetcdfWriter& file) { write_chips(file, seed, chips); }});
  return files;
}

}  // namespace colonnade::synth
