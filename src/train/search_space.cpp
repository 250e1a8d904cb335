#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/train/search_space.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

constexpr const char* blanks = " \t";
constexpr const char* form_hint = "write it as \"hidden=[(256,256),512] lr=[1e-3,3e-4]\"";
/// Draws that repeat an earlier one, after which nothing new is expected.
constexpr std::int64_t most_repeats = 1000;

[[noreturn]] void refuse(const std::string& sentence, std::string_view part,
                         const char* hint = form_hint) {
  throw Error(ErrorKind::usage, "--grid: " + sentence, {.value = std::string(part), .hint = hint});
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// The length of the bracket that `text` begins with, inner ones counted in.
std::size_t bracket_length(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '(') ++depth;
    if ((text[i] == ']' || text[i] == ')') && --depth == 0) return i + 1;
  }
  refuse("a bracket is not closed", text);
}

/// What stands between the commas that no bracket holds.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (text[i] == '[' || text[i] == '('))
      i += bracket_length(text.substr(i)) - 1;
    else if (i == text.size() || text[i] == ',') {
      parts.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return parts;
}

double number_of(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    refuse("the bounds of a distribution are numbers", text, "write it as lr=log(1e-4,1e-2)");
  return value;
}

/// `inside` is what a list's brackets hold.
SearchDimension list_of(const std::string& key, std::string_view inside) {
  SearchDimension list{.key = key};
  for (auto value : parts_of(inside)) {
    if (value.size() > 1 && value.front() == '(' && bracket_length(value) == value.size())
      value = trimmed(value.substr(1, value.size() - 2));
    if (value.empty()) refuse(fmt::format("a value of {} is empty", key), inside);
    if (std::find(list.values.begin(), list.values.end(), value) != list.values.end())
      refuse(fmt::format("{} has a value twice", key), value, "leave one of them out");
    list.values.emplace_back(value);
  }
  return list;
}

SearchDimension distribution_of(const std::string& key, std::string_view name,
                                std::string_view inside) {
  const bool is_log = name == "log";
  if (!is_log && name != "uniform")
    refuse(fmt::format("{} is drawn from no such distribution", key), name,
           "there are log(LOW,HIGH) and uniform(LOW,HIGH)");
  const auto bounds = parts_of(inside);
  if (bounds.size() != 2) refuse(fmt::format("{} of {} takes two bounds", name, key), inside);
  const double low = number_of(bounds[0]), high = number_of(bounds[1]);
  if (!(low < high) || (is_log && low <= 0.0))
    refuse(fmt::format("the bounds of {} are out of order", key), inside,
           is_log ? "the lower one first, and above 0" : "the lower one first");
  return {.key = key,
          .form = is_log ? SearchDimension::Form::log : SearchDimension::Form::uniform,
          .low = low,
          .high = high};
}

std::string drawn(const SearchDimension& dimension, base::Random& random) {
  if (dimension.form == SearchDimension::Form::list) {
    const auto count = static_cast<double>(dimension.values.size());
    return dimension.values[static_cast<std::size_t>(random.uniform() * count)];
  }
  const bool is_log = dimension.form == SearchDimension::Form::log;
  const double value =
      is_log ? std::exp(random.uniform(std::log(dimension.low), std::log(dimension.high)))
             : random.uniform(dimension.low, dimension.high);
  return fmt::format("{:.4g}", value);
}

}  // namespace

std::vector<SearchDimension> search_space(const std::string& text) {
  std::vector<SearchDimension> space;
  for (std::string_view rest = trimmed(text); !rest.empty();) {
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos || equals == 0) refuse("an option has no values", rest);
    const std::string key(trimmed(rest.substr(0, equals)));
    if (key.find_first_of(" \t[](),") != std::string::npos) refuse("this is no option's name", key);
    if (std::any_of(space.begin(), space.end(), [&](const auto& one) { return one.key == key; }))
      refuse("an option stands there twice", key, "give all its values in one list");
    rest = trimmed(rest.substr(equals + 1));
    const auto bracket = rest.find_first_of("[(");
    if (bracket == std::string_view::npos ||
        rest.substr(0, bracket).find_first_of(blanks) != std::string_view::npos)
      refuse(fmt::format("{} has no list of values", key), rest);
    const auto name = rest.substr(0, bracket);
    const auto length = bracket_length(rest.substr(bracket));
    const auto inside = rest.substr(bracket + 1, length - 2);
    const bool is_list = rest[bracket] == '[';
    if (is_list && !name.empty()) refuse(fmt::format("{} has no list of values", key), rest);
    space.push_back(is_list ? list_of(key, inside) : distribution_of(key, name, inside));
    rest = trimmed(rest.substr(bracket + length));
  }
  if (space.empty()) refuse("no option is named", text);
  return space;
}

std::vector<Configuration> grid_of(const std::vector<SearchDimension>& space) {
  std::vector<Configuration> grid{{}};
  for (const auto& dimension : space) {
    if (dimension.form != SearchDimension::Form::list)
      refuse("values are drawn with --random only", dimension.key,
             "give --random N, or a list of values");
    std::vector<Configuration> longer;
    for (const auto& configuration : grid)
      for (const auto& value : dimension.values) {
        longer.push_back(configuration);
        longer.back().emplace_back(dimension.key, value);
      }
    grid = std::move(longer);
  }
  return grid;
}

std::vector<Configuration> draws_of(const std::vector<SearchDimension>& space, std::int64_t count,
                                    std::uint64_t seed) {
  std::vector<Configuration> draws;
  std::set<Configuration> known;
  std::int64_t repeats = 0;
  for (std::uint64_t draw = 0;
       static_cast<std::int64_t>(draws.size()) < count && repeats < most_repeats; ++draw) {
    base::Random random(seed, base::Purpose::search, draw);
    Configuration configuration;
    for (const auto& dimension : space)
      configuration.emplace_back(dimension.key, drawn(dimension, random));
    if (known.insert(configuration).second) {
      draws.push_back(std::move(configuration));
      repeats = 0;
    } else {
      ++repeats;
    }
  }
  return draws;
}

}  // namespace colonnade::train
