#include <colonnade/base/error.hpp>
#include <colonnade/data/stored_form.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace colonnade::data {

using io::VariableInfo;

namespace {

/// Numbers of an attribute; none if the variable has no such one.
std::vector<double> numbers_of(const VariableInfo& info, const char* attribute) {
  const auto found = info.number_attributes.find(attribute);
  return found == info.number_attributes.end() ? std::vector<double>() : found->second;
}

/// 2^bits for a variable of a signed type whose numbers are meant unsigned; else 0.
double wrap_of(const VariableInfo& info) {
  const auto attribute = info.attributes.find("_Unsigned");
  if (attribute == info.attributes.end() || attribute->second != "true") return 0.0;
  for (const int bits : {8, 16, 32})
    if (info.type_name == fmt::format("int{}", bits)) return std::ldexp(1.0, bits);
  return 0.0;
}

}  // namespace

StoredForm stored_form(const io::FileInfo& file, const VariableInfo& info) {
  const auto number = [&](const char* attribute, double otherwise) {
    const auto numbers = numbers_of(info, attribute);
    return numbers.empty() ? otherwise : numbers.front();
  };
  StoredForm form;
  form.floats = info.floats;
  form.scale = number("scale_factor", 1.0);
  form.offset = number("add_offset", 0.0);
  if (!std::isfinite(form.scale) || form.scale == 0.0 || !std::isfinite(form.offset))
    throw base::Error(base::ErrorKind::data,
                      "scale_factor and add_offset do not unpack the variable",
                      {.file = file.path,
                       .variable = info.name,
                       .value = fmt::format("{} and {}", form.scale, form.offset)});
  for (const char* const attribute : {"_FillValue", "missing_value"})
    for (const double missing : numbers_of(info, attribute)) form.missing.push_back(missing);
  form.least = number("valid_min", form.least);
  form.most = number("valid_max", form.most);
  if (const auto range = numbers_of(info, "valid_range"); range.size() == 2) {
    form.least = range.front();
    form.most = range.back();
  }
  form.wrap = wrap_of(info);
  const auto wrapped = [&](double& stored) { stored += stored < 0.0 ? form.wrap : 0.0; };
  std::for_each(form.missing.begin(), form.missing.end(), wrapped);
  if (form.wrap > 0.0 && form.least > -form.wrap) wrapped(form.least);
  wrapped(form.most);
  return form;
}

// nlohmann writes NaN as null, which get<double> refuses: these numbers travel as texts.
void to_json(nlohmann::json& json, const StoredForm& form) {
  std::vector<std::string> numbers;
  for (const double number : {form.scale, form.offset, form.least, form.most})
    numbers.push_back(fmt::format("{}", number));
  for (const double number : form.missing) numbers.push_back(fmt::format("{}", number));
  json = {numbers, form.floats.begin, form.floats.end, form.wrap};
}

void from_json(const nlohmann::json& json, StoredForm& form) {
  const auto& numbers = json.at(0);
  const auto number = [&](std::size_t i) { return std::stod(numbers.at(i).get<std::string>()); };
  form = {number(0), number(1), {}, number(2), number(3), {json.at(1), json.at(2)}, json.at(3)};
  for (std::size_t i = 4; i < numbers.size(); ++i) form.missing.push_back(number(i));
}

}  // namespace colonnade::data
