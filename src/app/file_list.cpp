#include "file_list.hpp"

#include <colonnade/base/error.hpp>

#include <sstream>

namespace colonnade::app {

using base::Error;
using base::ErrorKind;

namespace {

/// The fields of a line of CSV (RFC 4180, but for line breaks within a field).
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const bool is_twice = is_quoted && i + 1 < line.size() && line[i + 1] == '"';
      if (is_twice) fields.back() += line[i++];
      if (!is_twice) is_quoted = !is_quoted;
    } else if (line[i] == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

}  // namespace

std::vector<std::string> listed_in(const std::string& text, const std::string& path) {
  std::vector<std::string> files;
  std::istringstream lines(text);
  bool is_csv = false, is_first = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (is_first) is_csv = line == "file" || line.starts_with("file,");
    if (!(is_csv && is_first) && !line.empty())
      files.push_back(is_csv ? fields_of(line).front() : line);
    is_first = false;
  }
  if (files.empty())
    throw Error(ErrorKind::usage, "the list names no files",
                {.file = path,
                 .hint = "--files-from reads a path a line, or CSV whose first column is file"});
  return files;
}

}  // namespace colonnade::app
