#include <colonnade/base/error.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/heating_rate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace colonnade::train {

namespace {

constexpr double gravity_m_s2 = 9.80665;
constexpr double heat_capacity_j_kg_k = 1004.0;
constexpr double seconds_a_day = 86400.0;

bool is_pressure(const data::Feature& feature) {
  return feature.variable == "pressure_hl" && feature.level >= 0;
}

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words(1);
  for (const char c : name)
    if (c == '_')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string name;
  for (const auto& word : words) name += (name.empty() ? "" : "_") + word;
  return name;
}

/// "flux_dn_sw" to "flux_up_sw"; "" for names without the word "dn".
std::string upward_name(const std::string& name) {
  auto words = words_of(name);
  const auto down = std::find(words.begin(), words.end(), "dn");
  if (down == words.end()) return "";
  *down = "up";
  return joined(words);
}

/// "flux_dn_sw" and a beginning such as "heating_rate" to "heating_rate_sw".
std::string rate_name(const std::string& beginning, const std::string& name) {
  auto words = words_of(name);
  std::erase_if(words, [](const std::string& word) { return word == "dn" || word == "flux"; });
  words.insert(words.begin(), beginning);
  return joined(words);
}

}  // namespace

HeatingRates::HeatingRates(const data::Recipe& recipe)
    : targets_(recipe.array("y").encoding.width()), pressure_(recipe, is_pressure) {
  for (const auto& feature : data::features_of(recipe.inputs))
    if (is_pressure(feature)) ++half_levels_;
  const auto runs = data::runs_of(recipe.array("y").encoding.features);
  for (const auto& down : runs) {
    const std::string name = upward_name(down.variable);
    const auto up = std::find_if(runs.begin(), runs.end(), [&](const data::FeatureRun& run) {
      return run.variable == name && run.count == down.count;
    });
    if (up == runs.end() || down.count != half_levels_) continue;
    add_pair(down, *up);
    add_twins(runs, down);
  }
}

void HeatingRates::add_pair(const data::FeatureRun& down, const data::FeatureRun& up) {
  std::map<std::int64_t, std::size_t> known;
  const auto& pressures = pressure_.features();
  for (std::size_t i = 0; i < pressures.size(); ++i)
    if (!pressure_.is_constant(i)) known[pressures[i].level] = i;
  const auto name = rate_name("heating_rate", down.variable);
  for (std::size_t k = 0; k + 1 < down.count; ++k) {
    const auto level = static_cast<std::int64_t>(k);
    if (!known.contains(level) || !known.contains(level + 1)) continue;
    features_.push_back({fmt::format("{}[{}]", name, k), name, "K d-1", level});
    layers_.push_back({.down = {down.first + k, down.first + k + 1},
                       .up = {up.first + k, up.first + k + 1},
                       .pressure = {known[level], known[level + 1]}});
  }
}

void HeatingRates::add_twins(const std::vector<data::FeatureRun>& targets,
                             const data::FeatureRun& down) {
  const auto name = rate_name("heating_rate", down.variable);
  for (const auto& run : targets) {
    const bool is_same = run.variable == name || run.variable == rate_name("hr", down.variable);
    if (!is_same || run.units.rfind('K', 0) != 0 || run.count + 1 != half_levels_) continue;
    for (std::size_t rate = 0; rate < features_.size(); ++rate)
      if (features_[rate].variable == name)
        twins_.push_back({run.first + static_cast<std::size_t>(features_[rate].level), rate});
  }
}

void HeatingRates::compute(std::span<const float> targets, std::span<const float> pressures_pa,
                           std::int64_t first_column, std::span<float> rates) const {
  constexpr double factor = -gravity_m_s2 / heat_capacity_j_kg_k * seconds_a_day;
  const std::size_t columns = targets.size() / targets_;
  base::expects(rates.size() == columns * layers_.size() &&
                    pressures_pa.size() == columns * pressure_.features().size(),
                "each column has its pressures and its rates");
  for (std::size_t c = 0; c < columns; ++c) {
    const float* const flux = targets.data() + c * targets_;
    const float* const pressure = pressures_pa.data() + c * pressure_.features().size();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& [down, up, place] = layers_[i];
      const double upper = static_cast<double>(flux[down[0]]) - static_cast<double>(flux[up[0]]);
      const double lower = static_cast<double>(flux[down[1]]) - static_cast<double>(flux[up[1]]);
      const double thickness_pa =
          static_cast<double>(pressure[place[1]]) - static_cast<double>(pressure[place[0]]);
      if (thickness_pa == 0.0)
        throw base::Error(base::ErrorKind::data,
                          "two half levels have the same pressure: no heating rate between them",
                          {.variable = pressure_.features()[place[1]].name,
                           .column = first_column + static_cast<std::int64_t>(c)});
      rates[c * layers_.size() + i] = static_cast<float>(factor * (lower - upper) / thickness_pa);
    }
  }
}

}  // namespace colonnade::train
