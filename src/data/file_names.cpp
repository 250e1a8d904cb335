#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/nearest.hpp>
#include <colonnade/data/file_names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw Error(ErrorKind::usage, "not the fields of a file name",
              {.value = text,
               .hint = "write --name-fields product,year,day,hour for NAME_WITH_UNDERSCORES.nc, or "
                       "a template such as \"{product}/{year}/*\""});
}

/// The base name without the extensions of data files.
std::string stem_of(const std::string& path) {
  static constexpr std::array known{".nc",  ".nc4",  ".cdf", ".netcdf", ".h5",
                                    ".he5", ".hdf5", ".hdf", ".gz"};
  std::filesystem::path name = std::filesystem::path(path).filename();
  while (std::find(known.begin(), known.end(), name.extension()) != known.end()) name = name.stem();
  return name.string();
}

std::string literal(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'
             ? std::string(1, letter)
             : std::string{'\\', letter};
}

}  // namespace

void NameFields::add(const std::string& name) {
  const bool is_plain =
      !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '_';
      });
  if (!is_plain || std::find(names_.begin(), names_.end(), name) != names_.end()) refuse(text_);
  names_.push_back(name);
}

NameFields NameFields::parse(const std::string& text) {
  NameFields fields;
  fields.text_ = text;
  fields.is_template_ = text.find('{') != std::string::npos;
  if (!fields.is_template_) {
    for (const auto& part : parts_of(text, ",")) {
      fields.parts_.push_back(trimmed(part));
      if (fields.parts_.back() != "-") fields.add(fields.parts_.back());
    }
    return fields;
  }
  std::string expression = "(?:[^]*/)?";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      expression += "[^/]*?";
    } else if (text[i] == '{') {
      const auto end = text.find('}', i);
      if (end == std::string::npos) refuse(text);
      fields.add(text.substr(i + 1, end - i - 1));
      expression += "([^/]*?)";
      i = end;
    } else {
      expression += literal(text[i]);
    }
  }
  fields.template_ = std::regex(expression);
  return fields;
}

Fields NameFields::of(const std::string& path) const {
  Fields fields;
  if (is_template_) {
    std::smatch found;
    if (!std::regex_match(path, found, template_))
      throw Error(ErrorKind::usage, "the file's name is not as --name-fields says",
                  {.file = path,
                   .value = text_,
                   .hint = "a template is compared with the end of the path, extension and all; * "
                           "stands for anything but a slash"});
    for (std::size_t i = 0; i < names_.size(); ++i) fields[names_[i]] = found[i + 1].str();
    return fields;
  }
  const auto values = parts_of(stem_of(path), "_");
  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (parts_[i] != "-") fields[parts_[i]] = i < values.size() ? values[i] : "";
  return fields;
}

void NameFields::expect_known(const std::string& name, const std::string& option) const {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  const auto near = base::nearest(name, names_);
  throw Error(ErrorKind::usage, option + " names an unknown field of file names",
              {.value = name,
               .hint = fmt::format("{}--name-fields has {}",
                                   near.empty() ? "" : fmt::format("did you mean {}? ", near),
                                   fmt::join(names_, ", "))});
}

}  // namespace colonnade::data
