#pragma once

#include <colonnade/base/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace colonnade::nn {

/// The names of an enumeration whose values count from 0, in that order.
template <std::size_t N>
using Names = std::array<std::string_view, N>;

template <typename Enum, std::size_t N>
std::string_view name_in(const Names<N>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

/// The value called `name`. Throws base::Error (usage) that lists the names of this `what`.
template <typename Enum, std::size_t N>
Enum value_in(const Names<N>& names, std::string_view what, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  std::string known;
  for (const std::string_view each : names) known.append(known.empty() ? "" : ", ").append(each);
  throw base::Error(base::ErrorKind::usage, std::string("there is no such ").append(what),
                    {.file = {},
                     .variable = {},
                     .column = {},
                     .value = std::string(name),
                     .hint = "choose one of " + known});
}

}  // namespace colonnade::nn
