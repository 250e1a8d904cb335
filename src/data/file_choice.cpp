#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/file_names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// A few of the values that a field has, for a message.
std::string some_of(const std::set<std::string>& values) {
  constexpr std::size_t most = 8;
  std::vector<std::string> first(
      values.begin(),
      std::next(values.begin(), static_cast<std::ptrdiff_t>(std::min(most, values.size()))));
  return fmt::format("{}{}", fmt::join(first, ", "), values.size() > most ? ", ..." : "");
}

}  // namespace

Where::Condition Where::condition(const std::string& word, const std::string& option) {
  const auto refuse = [&] {
    throw Error(ErrorKind::usage, option + " takes conditions FIELD=VALUES",
                {.value = word, .hint = "as in \"year=2018 day=317..318,320 product=FDCC,ACM\""});
  };
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0) refuse();
  Condition condition{word, word.substr(0, equals), {}};
  for (const auto& text : parts_of(word.substr(equals + 1), ",")) {
    const auto none = std::numeric_limits<double>::quiet_NaN();
    Item item{text, none, none};
    if (const auto dots = text.find(".."); dots != std::string::npos) {
      const auto low = number_of(text.substr(0, dots)), high = number_of(text.substr(dots + 2));
      if (!low || !high || *low > *high) refuse();
      item.low = *low;
      item.high = *high;
    }
    condition.items.push_back(item);
  }
  return condition;
}

Where Where::parse(const std::string& text, const NameFields& known, const std::string& option) {
  Where where;
  where.option_ = option;
  for (const auto& word : parts_of(text, " \t\n")) {
    if (word.empty()) continue;
    where.conditions_.push_back(condition(word, option));
    known.expect_known(where.conditions_.back().field, option);
  }
  if (where.conditions_.empty()) static_cast<void>(condition(text, option));
  return where;
}

bool Where::Condition::holds(std::string_view value) const {
  return std::any_of(items.begin(), items.end(), [&](const Item& item) {
    if (same_value(item.text, value)) return true;
    const auto number = number_of(value);
    return number && item.low <= *number && *number <= item.high;
  });
}

bool Where::matches(const Fields& fields) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    return condition.holds(fields.at(condition.field));
  });
}

std::string Where::text() const {
  std::string all;
  for (const auto& condition : conditions_) all += (all.empty() ? "" : " ") + condition.text;
  return all;
}

std::vector<std::string> Where::filter(const std::vector<std::string>& paths,
                                       const NameFields& names) const {
  std::vector<std::pair<std::string, Fields>> left;
  left.reserve(paths.size());
  for (const auto& path : paths) left.emplace_back(path, names.of(path));
  for (const auto& condition : conditions_) {
    std::set<std::string> values;
    for (const auto& [path, fields] : left) values.insert(fields.at(condition.field));
    std::erase_if(
        left, [&](const auto& one) { return !condition.holds(one.second.at(condition.field)); });
    if (left.empty() && !values.empty())
      throw Error(ErrorKind::usage, option_ + " leaves no file",
                  {.value = condition.text,
                   .hint = fmt::format("{} of the files left by then: {}", condition.field,
                                       some_of(values))});
  }
  std::vector<std::string> chosen;
  chosen.reserve(left.size());
  for (auto& [path, fields] : left) chosen.push_back(std::move(path));
  return chosen;
}

}  // namespace colonnade::data
