#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/scene_choice.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// Days since 1970-01-01 of eight digits YYYYMMDD or seven YYYYDDD, if there is such a day.
std::optional<double> days_of(const std::string& digits) {
  using namespace std::chrono;
  const auto number = [&](std::size_t begin, std::size_t count) {
    return std::stoi(digits.substr(begin, count));
  };
  const year of_year{number(0, 4)};
  if (digits.size() == 8) {
    const year_month_day date{of_year, month{static_cast<unsigned>(number(4, 2))},
                              day{static_cast<unsigned>(number(6, 2))}};
    if (!date.ok()) return std::nullopt;
    return static_cast<double>(sys_days{date}.time_since_epoch().count());
  }
  const int day_of_year = number(4, 3);
  if (day_of_year < 1 || day_of_year > (of_year.is_leap() ? 366 : 365)) return std::nullopt;
  return static_cast<double>(
      (sys_days{of_year / January / 1} + days{day_of_year - 1}).time_since_epoch().count());
}

}  // namespace

SceneDate SceneDate::parse(const std::string& text, const std::string& file) {
  const bool has_dashes = text.size() == 10 && text[4] == '-' && text[7] == '-';
  const auto digits = has_dashes ? text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) : text;
  const bool is_calendar =
      (digits.size() == 8 || (digits.size() == 7 && !has_dashes)) &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return '0' <= c && c <= '9'; });
  const auto value = is_calendar ? days_of(digits) : number_of(text);
  if (!value)
    throw Error(ErrorKind::usage, "not a date",
                {.file = file,
                 .value = text,
                 .hint = "dates are YYYYMMDD, YYYY-MM-DD, YYYYDDD or numbers"});
  return {*value, is_calendar};
}

std::vector<double> equal_periods(std::span<const Scene> scenes, std::int64_t periods) {
  const auto [first, last] = std::minmax_element(
      scenes.begin(), scenes.end(), [](const Scene& a, const Scene& b) { return a.date < b.date; });
  if (scenes.empty() || (periods > 1 && first->date == last->date))
    throw Error(ErrorKind::usage, "the scenes' dates span no time that could be cut into periods",
                {.hint = "use --period 1, or give --period-edges"});
  std::vector<double> edges;
  const auto count = static_cast<double>(periods);
  for (std::int64_t i = 0; i < periods; ++i)
    edges.push_back(first->date + (last->date - first->date) * static_cast<double>(i) / count);
  edges.push_back(last->date);
  return edges;
}

namespace {

/// The period of a date; none when it lies outside.
std::optional<std::int64_t> period_of(double date, const std::vector<double>& edges) {
  if (date < edges.front() || date > edges.back()) return std::nullopt;
  const auto after = std::upper_bound(edges.begin(), edges.end() - 1, date);
  return std::min<std::ptrdiff_t>(after - edges.begin(), std::ssize(edges) - 1) - 1;
}

/// The best of some scenes, by their places in `scenes`.
std::size_t best_of(std::span<const Scene> scenes, std::vector<std::size_t> among) {
  const auto lowest = std::min_element(
      among.begin(), among.end(), [&](auto a, auto b) { return scenes[a].rank < scenes[b].rank; });
  std::erase_if(among,
                [&, rank = scenes[*lowest].rank](std::size_t i) { return scenes[i].rank != rank; });
  std::sort(among.begin(), among.end(),
            [&](auto a, auto b) { return scenes[a].date < scenes[b].date; });
  const double median =
      (scenes[among[(among.size() - 1) / 2]].date + scenes[among[among.size() / 2]].date) / 2.0;
  const auto key = [&](std::size_t i) {
    const auto& scene = scenes[i];
    return std::tie(scene.date, scene.path);
  };
  return *std::min_element(among.begin(), among.end(), [&](auto a, auto b) {
    const double left = std::abs(scenes[a].date - median);
    const double right = std::abs(scenes[b].date - median);
    return left != right ? left < right : key(a) < key(b);
  });
}

/// Steps by which the threshold must be raised for a rank; none when no step brings it in.
std::optional<std::int64_t> steps_for(double rank, const SceneRule& rule) {
  if (rank <= rule.threshold) return 0;
  constexpr double most = 1e9;
  const double steps = std::ceil((rank - rule.threshold) / rule.relax);
  if (rule.relax <= 0.0 || !(steps < most)) return std::nullopt;
  const bool is_rounded = rule.threshold + steps * rule.relax < rank;
  return static_cast<std::int64_t>(steps) + (is_rounded ? 1 : 0);
}

struct InOrder {
  bool operator()(const std::string& a, const std::string& b) const { return comes_before(a, b); }
};

}  // namespace

SceneChoice choose_scenes(std::span<const Scene> scenes, const SceneRule& rule) {
  const auto periods = std::ssize(rule.edges) - 1;
  std::map<std::string, std::vector<std::vector<std::size_t>>, InOrder> candidates;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    auto& of_place = candidates[scenes[i].place];
    of_place.resize(static_cast<std::size_t>(periods));
    const auto period = period_of(scenes[i].date, rule.edges);
    if (period && !std::isnan(scenes[i].rank))
      of_place[static_cast<std::size_t>(*period)].push_back(i);
  }
  SceneChoice choice;
  choice.places = std::ssize(candidates);
  for (const auto& [place, of_place] : candidates) {
    std::vector<SceneChoice::Chosen> chosen;
    for (std::int64_t period = 0; period < periods; ++period) {
      const auto& among = of_place[static_cast<std::size_t>(period)];
      const auto best = among.empty() ? std::nullopt : std::optional(best_of(scenes, among));
      const auto steps = best ? steps_for(scenes[*best].rank, rule) : std::nullopt;
      if (steps)
        chosen.push_back({*best, period, *steps});
      else
        choice.empty.push_back({place, period});
    }
    if (!rule.complete || std::ssize(chosen) == periods)
      choice.chosen.insert(choice.chosen.end(), chosen.begin(), chosen.end());
  }
  return choice;
}

}  // namespace colonnade::data
