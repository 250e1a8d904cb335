#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/source_form.hpp>

#include <nlohmann/json.hpp>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

[[noreturn]] void refuse(const std::string& sentence, const std::string& word,
                         const std::string& hint) {
  throw Error(ErrorKind::usage, sentence, {.value = word, .hint = hint});
}

std::vector<double> numbers_of(const std::string& text, const std::string& word) {
  std::vector<double> numbers;
  for (const auto& item : parts_of(text, ",")) {
    const auto dots = item.find("..");
    const auto number = [&](const std::string& part) {
      const auto value = number_of(part);
      if (!value)
        refuse("--mask compares with numbers", word, "write it as DQF=0,1 or QA=0..3 or QA&6=0");
      return *value;
    };
    const double first = number(item.substr(0, dots));
    const double last = dots == std::string::npos ? first : number(item.substr(dots + 2));
    if (last < first || last - first > 1e6)
      refuse("--mask lists no values, or too many", word, "write ranges as 0..3");
    for (std::int64_t i = 0; i <= static_cast<std::int64_t>(last - first); ++i)
      numbers.push_back(first + static_cast<double>(i));
  }
  if (numbers.empty())
    refuse("--mask compares with nothing", word, "write it as DQF=0,1 or QA&6=0");
  return numbers;
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
    if (equals == std::string::npos || equals == 0 || minus == std::string::npos)
      refuse("--derive makes differences of two variables", word,
             "write it as tendency=after@mlo-before@mli");
    derived.push_back({word.substr(0, equals),
                       VariableReference::parse(word.substr(equals + 1, minus - equals - 1)),
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
    mask.values = numbers_of(word.substr(equals + 1), word);
    if (bits != std::string::npos)
      mask.bits = static_cast<std::int64_t>(numbers_of(left.substr(bits + 1), word).front());
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
