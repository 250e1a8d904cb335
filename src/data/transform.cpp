#include <colonnade/base/error.hpp>
#include <colonnade/data/transform.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace colonnade::data {

namespace {

template <typename Function>
void each(float* values, std::size_t count, Function function) {
  for (std::size_t i = 0; i < count; ++i) values[i] = function(values[i]);
}

[[noreturn]] void refuse(std::string_view text) {
  throw base::Error(base::ErrorKind::usage, "not a transform",
                    {.value = std::string(text),
                     .hint = "the transforms are identity, root2, root4, log1p and clip:LOW:HIGH, "
                             "as in \"q_liquid=root4 pressure_hl=log1p\""});
}

double number(std::string_view text, std::string_view whole) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) refuse(whole);
  return value;
}

}  // namespace

void Transform::apply(float* values, std::size_t count) const {
  switch (kind) {
    case Kind::identity:
      break;
    case Kind::root2:
      each(values, count, [](float v) { return std::copysign(std::sqrt(std::abs(v)), v); });
      break;
    case Kind::root4:
      each(values, count,
           [](float v) { return std::copysign(std::sqrt(std::sqrt(std::abs(v))), v); });
      break;
    case Kind::log1p:
      each(values, count, [](float v) { return std::copysign(std::log1p(std::abs(v)), v); });
      break;
    case Kind::clip:
      each(values, count, [lo = static_cast<float>(low), hi = static_cast<float>(high)](float v) {
        return std::clamp(v, lo, hi);
      });
      break;
  }
}

void Transform::invert(float* values, std::size_t count) const {
  switch (kind) {
    case Kind::identity:
    case Kind::clip:
      break;
    case Kind::root2:
      each(values, count, [](float v) { return std::copysign(v * v, v); });
      break;
    case Kind::root4:
      each(values, count, [](float v) { return std::copysign((v * v) * (v * v), v); });
      break;
    case Kind::log1p:
      each(values, count, [](float v) { return std::copysign(std::expm1(std::abs(v)), v); });
      break;
  }
}

std::string Transform::text() const {
  switch (kind) {
    case Kind::root2:
      return "root2";
    case Kind::root4:
      return "root4";
    case Kind::log1p:
      return "log1p";
    case Kind::clip:
      return fmt::format("clip:{}:{}", low, high);
    default:
      return "identity";
  }
}

Transform Transform::parse(std::string_view text) {
  if (text == "identity") return {};
  if (text == "root2") return {Kind::root2};
  if (text == "root4") return {Kind::root4};
  if (text == "log1p") return {Kind::log1p};
  if (text.rfind("clip:", 0) != 0) refuse(text);
  const auto bounds = text.substr(5);
  const auto colon = bounds.find(':');
  if (colon == std::string_view::npos) refuse(text);
  const Transform clip{Kind::clip, number(bounds.substr(0, colon), text),
                       number(bounds.substr(colon + 1), text)};
  if (!std::isfinite(static_cast<float>(clip.low)) || !std::isfinite(static_cast<float>(clip.high)))
    refuse(text);
  if (!(clip.low < clip.high)) refuse(text);
  return clip;
}

std::map<std::string, Transform> parse_transforms(std::string_view text) {
  std::map<std::string, Transform> transforms;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) refuse(word);
    const auto name = word.substr(0, equals);
    const auto transform = Transform::parse(std::string_view(word).substr(equals + 1));
    if (!transforms.emplace(name, transform).second)
      throw base::Error(base::ErrorKind::usage, "two transforms of one variable",
                        {.variable = name});
  }
  return transforms;
}

}  // namespace colonnade::data
