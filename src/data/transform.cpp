#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/data/transform.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace colonnade::data {

namespace {

using Kind = Transform::Kind;
using Step = Transform::Step;

template <typename Function>
void each(float* values, std::size_t count, Function function) {
  for (std::size_t i = 0; i < count; ++i) values[i] = function(values[i]);
}

/// value * scale + offset, in double, rounded once.
COLONNADE_VECTOR_WIDTHS void scale_and_shift(float* values, std::size_t count, double scale,
                                             double offset) {
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(static_cast<double>(values[i]) * scale + offset);
}

void apply_step(const Step& step, float* values, std::size_t count) {
  const auto first = static_cast<float>(step.first), second = static_cast<float>(step.second);
  switch (step.kind) {
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
    case Kind::log:
      each(values, count, [](float v) { return std::log(v); });
      break;
    case Kind::clip:
      each(values, count, [=](float v) { return std::clamp(v, first, second); });
      break;
    case Kind::scale:
      scale_and_shift(values, count, step.first, 0.0);
      break;
    case Kind::offset:
      scale_and_shift(values, count, 1.0, step.first);
      break;
    case Kind::fill:
      each(values, count, [=](float v) { return v == v ? v : first; });
      break;
  }
}

void invert_step(const Step& step, float* values, std::size_t count) {
  switch (step.kind) {
    case Kind::clip:
    case Kind::fill:
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
    case Kind::log:
      each(values, count, [](float v) { return std::exp(v); });
      break;
    case Kind::scale:
      scale_and_shift(values, count, 1.0 / step.first, 0.0);
      break;
    case Kind::offset:
      scale_and_shift(values, count, 1.0, -step.first);
      break;
  }
}

/// A kind of step as it is written, and the numbers that follow it.
struct Name {
  Kind kind;
  const char* text;
  std::size_t numbers;
};
constexpr Name names[] = {{Kind::root2, "root2", 0},   {Kind::root4, "root4", 0},
                          {Kind::log1p, "log1p", 0},   {Kind::log, "log", 0},
                          {Kind::clip, "clip", 2},     {Kind::scale, "scale", 1},
                          {Kind::offset, "offset", 1}, {Kind::fill, "fill", 1}};

[[noreturn]] void refuse(std::string_view text) {
  throw base::Error(base::ErrorKind::usage, "not a transform",
                    {.value = std::string(text),
                     .hint = "the transforms are identity, root2, root4, log1p, log, "
                             "clip:LOW:HIGH, scale:S, offset:O and fill:V, and chains of them, as "
                             "in \"q_liquid=root4 reflectance=scale:0.00025|clip:0:1\""});
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Step parse_step(std::string_view word, std::string_view whole) {
  const auto parts = split(word, ':');
  const auto* const name = std::find_if(std::begin(names), std::end(names), [&](const Name& known) {
    return known.text == parts.front() && known.numbers + 1 == parts.size();
  });
  if (name == std::end(names)) refuse(whole);
  Step step{name->kind};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    double& number = i == 1 ? step.first : step.second;
    const char* const last = parts[i].data() + parts[i].size();
    const auto [end, code] = std::from_chars(parts[i].data(), last, number);
    if (code != std::errc() || end != last || !std::isfinite(static_cast<float>(number)))
      refuse(whole);
  }
  if (step.kind == Kind::clip && !(step.first < step.second)) refuse(whole);
  if (step.kind == Kind::scale && static_cast<float>(step.first) == 0.0F) refuse(whole);
  return step;
}

std::string text_of(const Step& step) {
  const auto* const name = std::find_if(std::begin(names), std::end(names),
                                        [&](const Name& known) { return known.kind == step.kind; });
  if (name->numbers == 0) return name->text;
  if (name->numbers == 1) return fmt::format("{}:{}", name->text, step.first);
  return fmt::format("{}:{}:{}", name->text, step.first, step.second);
}

}  // namespace

bool Transform::fills() const {
  return std::any_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.kind == Kind::fill; });
}

bool Transform::may_leave_numbers() const {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind == Kind::log || step.kind == Kind::scale || step.kind == Kind::offset;
  });
}

void Transform::apply(float* values, std::size_t count) const {
  for (const Step& step : steps) apply_step(step, values, count);
}

void Transform::invert(float* values, std::size_t count) const {
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) invert_step(*step, values, count);
}

std::string Transform::text() const {
  std::string text;
  for (const Step& step : steps) text += (text.empty() ? "" : "|") + text_of(step);
  return text.empty() ? "identity" : text;
}

Transform Transform::parse(std::string_view text) {
  Transform transform;
  for (const auto word : split(text, '|'))
    if (word != "identity") transform.steps.push_back(parse_step(word, text));
  return transform;
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
