#include "data/raw_variable.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/reference_layout.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;
using io::FileInfo;
using io::VariableInfo;

namespace {

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

std::string attribute(const VariableInfo& info, const std::string& name) {
  const auto found = info.attributes.find(name);
  return found == info.attributes.end() ? "" : found->second;
}

/// Names and units along the last dimension: from the variable's own attributes, from a text
/// variable of that dimension's name, or from the reference layout for a file that says nothing.
void name_features(const FileInfo& file, const VariableInfo& info, RawVariable& variable) {
  if (variable.shape.empty()) return;
  const auto length = static_cast<std::size_t>(variable.shape.back());
  auto names = split_commas(attribute(info, "variable_names"));
  auto units = split_commas(attribute(info, "variable_units"));
  const auto& dimension = variable.dimensions.back();
  if (const auto text = file.texts.find(dimension);
      names.size() != length && text != file.texts.end()) {
    names = text->second;
    units = split_commas(attribute(*file.find(dimension), "feature_units"));
  }
  if (names.size() != length) {
    for (const auto& known : reference_variables())
      if (known.name == variable.name && known.feature_names.size() == length) {
        names = known.feature_names;
        units = known.feature_units;
      }
  }
  if (names.size() != length) return;
  variable.feature_names = names;
  if (units.size() == length) variable.feature_units = units;
}

/// Flags of the CF conventions; none where values and meanings do not match.
std::vector<RawVariable::Flag> flags_of(const VariableInfo& info) {
  const auto values = info.number_attributes.find("flag_values");
  std::istringstream words(attribute(info, "flag_meanings"));
  std::vector<RawVariable::Flag> flags;
  if (values == info.number_attributes.end()) return flags;
  for (std::string word; words >> word;) {
    if (flags.size() == values->second.size()) return {};
    flags.push_back({values->second[flags.size()], word});
  }
  if (flags.size() != values->second.size()) flags.clear();
  return flags;
}

}  // namespace

std::vector<std::size_t> axes_behind_first(const VariableInfo& info) {
  std::vector<std::size_t> axes(info.shape.size() - 1);
  std::iota(axes.begin(), axes.end(), std::size_t{1});
  return axes;
}

RawVariable raw_variable(const FileInfo& file, const VariableInfo& info,
                         const std::vector<std::size_t>& axes) {
  RawVariable variable;
  variable.name = info.name;
  for (const std::size_t axis : axes) {
    variable.shape.push_back(info.shape[axis]);
    variable.dimensions.push_back(info.dimensions[axis]);
  }
  variable.units = attribute(info, "units");
  variable.long_name = attribute(info, "long_name");
  variable.flags = flags_of(info);
  name_features(file, info, variable);
  return variable;
}

std::string difference_of(const RawVariable& variable, const RawVariable& first) {
  const auto unlike = [](const std::string& mine, const std::string& other) {
    return !mine.empty() && !other.empty() && mine != other;
  };
  if (unlike(variable.units, first.units))
    return fmt::format("{} and {}", variable.units, first.units);
  for (const auto& [mine, other] : {std::pair(&variable.feature_names, &first.feature_names),
                                    std::pair(&variable.feature_units, &first.feature_units)})
    for (std::size_t i = 0; i < std::min(mine->size(), other->size()); ++i)
      if (unlike((*mine)[i], (*other)[i])) return fmt::format("{} and {}", (*mine)[i], (*other)[i]);
  return {};
}

const VariableInfo& find_variable(const FileInfo& file, const std::string& name) {
  if (const auto* info = file.find(name)) return *info;
  std::vector<std::string> names;
  for (const auto& variable : file.variables)
    if (variable.type == VariableInfo::Type::number && !variable.shape.empty())
      names.push_back(variable.name);
  throw Error(ErrorKind::data, "no such variable",
              {.file = file.path,
               .variable = name,
               .hint = fmt::format("the file has {}; --inputs and --targets of prepare choose",
                                   names.empty() ? "no numeric variable"
                                                 : fmt::format("{}", fmt::join(names, ", ")))});
}

std::string shape_text(const io::VariableInfo& info) {
  std::vector<std::string> dims;
  for (std::size_t axis = 0; axis < info.shape.size(); ++axis)
    dims.push_back(fmt::format("{} {}", info.dimensions[axis], info.shape[axis]));
  return fmt::format("({})", fmt::join(dims, ", "));
}

}  // namespace colonnade::data
