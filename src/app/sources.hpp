// The two sources of options: the words of a command line, and the section of a config file.
#pragma once

#include <colonnade/app/command.hpp>

#include <map>
#include <span>
#include <string>
#include <vector>

namespace colonnade::app {

// What one source gives; the values are checked against the table.
struct Given {
  std::map<std::string, std::string> values;
  std::vector<std::string> files;
};

Given from_words(const Command& command, std::span<const std::string> words);

// Checks every section of `text`, the content of `file`, and returns that of `command`.
Given from_config(const Command& command, std::span<const Command> all, const std::string& text,
                  const std::string& file);

// Throws base::Error of kind usage naming what is unknown ("option --leyrs") and the nearest of
// `known`, each written with `prefix`.
[[noreturn]] void refuse_unknown(const std::string& kind, const std::string& prefix,
                                 const std::string& name, const std::vector<std::string>& known,
                                 const std::string& file, const std::string& otherwise);

std::vector<std::string> names_of(const std::vector<Option>& options);

}  // namespace colonnade::app
