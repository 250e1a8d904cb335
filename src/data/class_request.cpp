#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/class_request.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;
using Kind = Classes::Kind;

namespace {

constexpr std::size_t most_classes = 10000;

const char* option_of(Kind kind) {
  return kind == Kind::one ? "--classes" : "--labels";
}

[[noreturn]] void refuse(Kind kind, const std::string& what, const std::string& value) {
  throw Error(ErrorKind::usage, std::string(option_of(kind)) + " " + what,
              {.value = value,
               .hint = "write a number of classes, their names, or names and raw values as in "
                       "\"clear: 100, cloud: 200..245 250, rest: *\""});
}

Classes::Interval interval_of(const std::string& word, Kind kind) {
  const auto dots = word.find("..");
  const auto low = number_of(std::string_view(word).substr(0, dots));
  const auto high =
      dots == std::string::npos ? low : number_of(std::string_view(word).substr(dots + 2));
  if (!low || !high || *low > *high) refuse(kind, "takes no such value", word);
  return {*low, *high};
}

/// "cloud: 200..245 250".
Classes::Class class_with_values(const std::string& word, Kind kind) {
  const auto colon = word.rfind(':');
  Classes::Class one{.name = trimmed(word.substr(0, colon))};
  const auto text = trimmed(word.substr(colon + 1));
  if (text == "*") return one;
  std::istringstream words(text);
  for (std::string value; words >> value;) one.values.push_back(interval_of(value, kind));
  if (one.values.empty()) refuse(kind, "gives a class no value", word);
  return one;
}

ClassRequest numbered(std::size_t count, Kind kind) {
  ClassRequest request{.kind = kind};
  for (std::size_t i = 0; i < count; ++i) request.classes.push_back({.name = fmt::format("{}", i)});
  return request;
}

void expect_distinct(const ClassRequest& request) {
  std::set<std::string> names;
  std::vector<std::pair<Classes::Interval, std::string>> intervals;
  int rests = 0;
  for (const auto& [name, values] : request.classes) {
    if (name.empty()) refuse(request.kind, "has a class without a name", name);
    if (!names.insert(name).second) refuse(request.kind, "names a class twice", name);
    if (request.has_values && values.empty() && ++rests > 1)
      refuse(request.kind, "gives * to two classes", name);
    for (const auto& interval : values) intervals.emplace_back(interval, name);
  }
  std::sort(intervals.begin(), intervals.end(),
            [](const auto& a, const auto& b) { return a.first.low < b.first.low; });
  for (std::size_t i = 1; i < intervals.size(); ++i)
    if (intervals[i].first.low <= intervals[i - 1].first.high)
      refuse(request.kind, "gives a value to two classes",
             fmt::format("{} in {} and {}", intervals[i].first.low, intervals[i - 1].second,
                         intervals[i].second));
}

}  // namespace

ClassRequest ClassRequest::parse(const std::string& text, Kind kind) {
  const std::size_t least = kind == Kind::one ? 2 : 1;
  if (const auto count = number_of(trimmed(text))) {
    if (*count < static_cast<double>(least) || *count > static_cast<double>(most_classes) ||
        *count != std::floor(*count))
      refuse(kind, fmt::format("takes {} to {} classes", least, most_classes), text);
    return numbered(static_cast<std::size_t>(*count), kind);
  }
  ClassRequest request{
      .kind = kind, .has_values = text.find(':') != std::string::npos, .has_names = true};
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (request.has_values && word.find(':') == std::string::npos)
      refuse(kind, "gives values to some classes and not to others", trimmed(word));
    request.classes.push_back(request.has_values ? class_with_values(word, kind)
                                                 : Classes::Class{.name = trimmed(word)});
  }
  if (request.classes.size() < least || request.classes.size() > most_classes)
    refuse(kind, fmt::format("takes {} to {} classes", least, most_classes), text);
  expect_distinct(request);
  return request;
}

namespace {

Classes::Form form_of(const ClassRequest& request, const RawVariable& target) {
  const auto count = static_cast<std::int64_t>(request.classes.size());
  if (!request.has_values && target.width() == count) return Classes::Form::dense;
  if (request.kind == Kind::many || target.width() == 1) return Classes::Form::sparse;
  throw Error(ErrorKind::data,
              request.has_values
                  ? "the target has several values, where classes with values want one"
                  : "the target has neither one value nor one for each class",
              {.variable = target.name,
               .value = fmt::format("{} values, {} classes", target.width(), count),
               .hint = "columns that belong to several classes want --labels"});
}

/// The names of flags with the values 0, 1, ... up to `count`; none if there are no such.
std::vector<std::string> flag_names(const RawVariable& target, std::size_t count) {
  std::vector<std::string> names(count);
  std::set<std::string> distinct;
  for (const auto& [value, meaning] : target.flags) {
    if (!(value >= 0.0 && value < static_cast<double>(count)) || value != std::floor(value))
      return {};
    names[static_cast<std::size_t>(value)] = meaning;
    distinct.insert(meaning);
  }
  return distinct.size() == count && target.flags.size() == count ? names
                                                                  : std::vector<std::string>();
}

}  // namespace

void set_classes(Recipe& recipe, const ClassRequest& request) {
  const std::string option = option_of(request.kind);
  if (recipe.targets.size() != 1) {
    std::vector<std::string> names;
    for (const auto& target : recipe.targets) names.push_back(target.name);
    throw Error(ErrorKind::usage, option + " wants one target",
                {.value = fmt::format("{}", fmt::join(names, ", ")),
                 .hint = "name the variable that tells the classes with --targets"});
  }
  const auto& target = recipe.targets.front();
  Classes classes{request.kind, form_of(request, target), request.classes};
  const auto names = flag_names(target, classes.classes.size());
  auto& y = recipe.array("y");
  const std::int64_t first = y.places.front();
  y.places.clear();
  y.encoding.features.clear();
  for (std::size_t i = 0; i < classes.classes.size(); ++i) {
    auto& one = classes.classes[i];
    const auto number = static_cast<std::int64_t>(i);
    const bool is_sparse = classes.form == Classes::Form::sparse;
    if (!request.has_names && !names.empty()) one.name = names[i];
    if (!request.has_values && is_sparse)
      one.values = {{static_cast<double>(i), static_cast<double>(i)}};
    y.encoding.features.push_back({one.name, one.name, "1", -1});
    y.places.push_back(is_sparse ? first : first + number);
  }
  y.shape = {static_cast<std::int64_t>(y.places.size())};
  y.encoding.transforms.assign(y.places.size(), {});
  recipe.classes = std::move(classes);
}

}  // namespace colonnade::data
