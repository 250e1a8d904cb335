#include "values.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/nearest.hpp>

#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <system_error>
#include <utility>

namespace colonnade::app {

using base::Error;
using base::ErrorKind;

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kibi = 1024;
constexpr std::array byte_units{
    Unit{"", 1},
    Unit{"B", 1},
    Unit{"K", kibi},
    Unit{"KiB", kibi},
    Unit{"KB", 1e3},
    Unit{"M", kibi* kibi},
    Unit{"MiB", kibi* kibi},
    Unit{"MB", 1e6},
    Unit{"G", kibi* kibi* kibi},
    Unit{"GiB", kibi* kibi* kibi},
    Unit{"GB", 1e9},
    Unit{"T", kibi* kibi* kibi* kibi},
    Unit{"TiB", kibi* kibi* kibi* kibi},
    Unit{"TB", 1e12},
};
constexpr std::array time_units{Unit{"", 1}, Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600},
                                Unit{"d", 86400}};

[[noreturn]] void refuse(std::string_view option, std::string_view wants, const std::string& text,
                         std::string_view hint) {
  throw Error(ErrorKind::usage, fmt::format("--{} takes {}", option, wants),
              {.value = text, .hint = std::string(hint)});
}

template <typename T>
bool converts(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// A number and its unit as one number; NaN when it is not of that form.
double with_unit(std::string_view text, std::span<const Unit> units) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
    return candidate.name == text.substr(digits);
  });
  double number = 0;
  if (unit == units.end() || !converts(text.substr(0, digits), number)) return none;
  return number * unit->factor;
}

template <typename Convert>
auto to_list(std::string_view option, const std::string& text, Convert convert) {
  std::vector<std::string> parts;
  boost::split(parts, text, [](char letter) { return letter == ','; });
  std::vector<decltype(convert(option, text))> list;
  for (auto& part : parts) {
    boost::trim(part);
    if (part.empty()) refuse(option, "a list without gaps", text, "");
    list.push_back(convert(option, part));
  }
  return list;
}

void check_choice(const Option& option, const std::string& text) {
  const auto choices = choices_of(option);
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end()) return;
  const std::string meant = base::nearest(text, choices);
  refuse(option.name, fmt::format("one of {}", fmt::join(choices, ", ")), text,
         meant.empty() ? "" : fmt::format("did you mean {}?", meant));
}

void check_range(const Option& option, const std::string& text, const std::vector<double>& values) {
  if (option.least && *std::min_element(values.begin(), values.end()) < *option.least)
    refuse(option.name, fmt::format("{} or more", *option.least), text, "");
  if (option.most && *std::max_element(values.begin(), values.end()) > *option.most)
    refuse(option.name, fmt::format("at most {}", *option.most), text, "");
}

void check_form(const Option& option, const std::string& text) {
  const std::string& form = option.value_name;
  if (option.is_flag()) {
    to_flag(option.name, text);
  } else if (form == "N") {
    check_range(option, text, {static_cast<double>(to_integer(option.name, text))});
  } else if (form == "X") {
    check_range(option, text, {to_real(option.name, text)});
  } else if (form.starts_with("N,")) {
    const auto values = to_integers(option.name, text);
    check_range(option, text, {values.begin(), values.end()});
  } else if (form.starts_with("X,")) {
    check_range(option, text, to_reals(option.name, text));
  } else if (form == "SIZE") {
    check_range(option, text, {static_cast<double>(to_bytes(option.name, text))});
  } else if (form == "TIME") {
    check_range(option, text, {to_seconds(option.name, text)});
  } else {
    check_choice(option, text);
  }
}

}  // namespace

std::int64_t to_integer(std::string_view option, const std::string& text) {
  std::int64_t value = 0;
  if (!converts(text, value)) refuse(option, "an integer", text, "write it as 16384");
  return value;
}

double to_real(std::string_view option, const std::string& text) {
  double value = 0;
  if (!converts(text, value) || !std::isfinite(value))
    refuse(option, "a number", text, "write it as 0.001 or 1e-3");
  return value;
}

std::vector<std::int64_t> to_integers(std::string_view option, const std::string& text) {
  return to_list(option, text, to_integer);
}

std::vector<double> to_reals(std::string_view option, const std::string& text) {
  return to_list(option, text, to_real);
}

std::int64_t to_bytes(std::string_view option, const std::string& text) {
  const double value = with_unit(text, byte_units);
  if (!(value <= 0x1p62)) refuse(option, "a size in bytes", text, "write it as 512M, 4G or 1.5GiB");
  return std::llround(value);
}

double to_seconds(std::string_view option, const std::string& text) {
  const double value = with_unit(text, time_units);
  if (!std::isfinite(value)) refuse(option, "a time", text, "write it as 90s, 10min or 2h");
  return value;
}

bool to_flag(std::string_view option, const std::string& text) {
  if (text != "true" && text != "false") refuse(option, "true or false", text, "");
  return text == "true";
}

void check_value(const Option& option, const std::string& text, const std::string& file) {
  try {
    if (text.empty())
      refuse(option.name, "a value", text, fmt::format("its form is {}", option.value_name));
    // What resolved_ini writes must be read back as it was.
    if (text.find_first_of("#\n") != std::string::npos)
      refuse(option.name, "no '#' and no line break", text, "'#' begins a comment in config files");
    check_form(option, text);
  } catch (const Error& error) {
    auto facts = error.facts();
    facts.file = file;
    throw Error(error.kind(), error.sentence(), std::move(facts));
  }
}

}  // namespace colonnade::app
