#include "data/words.hpp"

#include <charconv>
#include <cmath>

namespace colonnade::data {

std::vector<std::string> parts_of(std::string_view text, std::string_view marks) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const auto end = text.find_first_of(marks, begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") + 1 - first));
}

std::optional<double> number_of(std::string_view text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool same_value(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto left = number_of(a), right = number_of(b);
  return left && right && *left == *right;
}

bool comes_before(const std::string& a, const std::string& b) {
  const auto left = number_of(a), right = number_of(b);
  if (left && right && *left != *right) return *left < *right;
  if (left.has_value() != right.has_value()) return left.has_value();
  return a < b;
}

}  // namespace colonnade::data
