#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/source_form.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

[[noreturn]] void refuse(const std::string& sentence, const std::string& word,
                         const std::string& hint) {
  throw Error(ErrorKind::usage, sentence, {.value = word, .hint = hint});
}

std::vector<SampleMask::Interval> intervals_of(const std::string& text, const std::string& word) {
  std::vector<SampleMask::Interval> intervals;
  for (const auto& item : parts_of(text, ",")) {
    const auto dots = item.find("..");
    const auto low = number_of(item.substr(0, dots));
    const auto high = dots == std::string::npos ? low : number_of(item.substr(dots + 2));
    if (!low || !high || *high < *low)
      refuse("--mask compares with numbers", word, "write it as DQF=0,1 or QA=0..3 or QA&6=0");
    intervals.push_back({*low, *high});
  }
  return intervals;
}

std::int64_t bits_of(const std::string& text, const std::string& word) {
  const auto number = number_of(text);
  if (!number || *number < 1.0 || *number > 2147483647.0 || std::floor(*number) != *number)
    refuse("--mask picks bits by a whole number", word, "write it as QA&6=0");
  return static_cast<std::int64_t>(*number);
}

}  // namespace

VariableReference VariableReference::parse(const std::string& text) {
  const auto at = text.find('@');
  VariableReference reference{text.substr(0, at),
                              at == std::string::npos ? "" : text.substr(at + 1)};
  if (reference.name.empty() || (at != std::string::npos && reference.value.empty()))
    refuse("not a variable", text, "write it as NAME, or NAME@VALUE with a field of files' names");
  return reference;
}

std::vector<DerivedVariable> derived_variables(const std::vector<std::string>& words) {
  std::vector<DerivedVariable> derived;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto minus = word.find('-', equals == std::string::npos ? 0 : equals);
    if (equals == std::string::npos || equals == 0 || minus == std::string::npos ||
        minus == equals + 1 || minus + 1 == word.size())
      refuse("--derive makes differences of two variables", word,
             "write it as tendency=after@mlo-before@mli");
    const auto name = word.substr(0, equals);
    if (std::any_of(derived.begin(), derived.end(),
                    [&](const auto& one) { return one.name == name; }))
      refuse("--derive makes a variable twice", word, "give the differences different names");
    derived.push_back({name, VariableReference::parse(word.substr(equals + 1, minus - equals - 1)),
                       VariableReference::parse(word.substr(minus + 1))});
  }
  return derived;
}

std::vector<SampleMask> sample_masks(const std::string& words) {
  std::vector<SampleMask> masks;
  for (const auto& word : parts_of(words, " ")) {
    if (word.empty()) continue;
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      refuse("--mask wants a variable and its good values", word, "write it as DQF=0,1 or QA&6=0");
    SampleMask mask;
    const auto left = word.substr(0, equals);
    const auto bits = left.find('&');
    mask.variable = VariableReference::parse(left.substr(0, bits));
    mask.values = intervals_of(word.substr(equals + 1), word);
    if (bits != std::string::npos) mask.bits = bits_of(left.substr(bits + 1), word);
    masks.push_back(std::move(mask));
  }
  return masks;
}

void to_json(nlohmann::json& json, const SourceForm& form) {
  json = {{"sample_dims", form.sample_dims},
          {"window", form.window},
          {"stride", form.stride},
          {"window_dim", form.window_dim},
          {"mean_over", form.mean_over},
          {"name_fields", form.name_fields},
          {"group_by", form.group_by},
          {"derive", form.derive},
          {"mask", form.mask},
          {"inputs", form.inputs}};
}

void from_json(const nlohmann::json& json, SourceForm& form) {
  json.at("sample_dims").get_to(form.sample_dims);
  json.at("window").get_to(form.window);
  json.at("stride").get_to(form.stride);
  json.at("window_dim").get_to(form.window_dim);
  json.at("mean_over").get_to(form.mean_over);
  json.at("name_fields").get_to(form.name_fields);
  json.at("group_by").get_to(form.group_by);
  json.at("derive").get_to(form.derive);
  json.at("mask").get_to(form.mask);
  json.at("inputs").get_to(form.inputs);
}

}  // namespace colonnade::data
