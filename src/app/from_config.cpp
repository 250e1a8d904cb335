#include "sources.hpp"
#include "values.hpp"

#include <colonnade/base/error.hpp>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/token_functions.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace colonnade::app {

namespace po = boost::program_options;
using base::Error;
using base::ErrorKind;

namespace {

struct Entry {
  std::string section;
  std::string key;
  std::string value;
};

std::vector<Entry> entries_of(const std::string& text, const std::string& file) {
  std::istringstream stream(text);
  std::vector<Entry> entries;
  try {
    for (const auto& line :
         po::parse_config_file(stream, po::options_description(), true).options) {
      const auto dot = line.string_key.find('.');
      if (dot == std::string::npos)
        throw Error(ErrorKind::usage,
                    fmt::format("key {} stands before any section", line.string_key),
                    {.file = file, .hint = "put it below the command's section, such as [train]"});
      entries.push_back({line.string_key.substr(0, dot), line.string_key.substr(dot + 1),
                         line.value.empty() ? "" : line.value[0]});
    }
  } catch (const po::invalid_config_file_syntax& error) {
    throw Error(ErrorKind::usage, "a line is neither [section] nor key = value",
                {.file = file, .value = error.tokens()});
  }
  return entries;
}

/// Options that stand in a section of their own, of any command.
std::vector<Option> shared_options(const std::string& section, std::span<const Command> all) {
  std::vector<Option> options;
  for (const auto& command : all)
    for (const auto& option : command.options)
      if (option.section == section) options.push_back(option);
  return options;
}

[[noreturn]] void refuse_section(const std::string& section, std::span<const Command> all,
                                 const std::string& file) {
  std::vector<std::string> names;
  for (const auto& each : all) names.push_back(each.name);
  for (const auto& each : all)
    for (const auto& option : each.options)
      if (!option.section.empty() &&
          std::find(names.begin(), names.end(), option.section) == names.end())
        names.push_back(option.section);
  refuse_unknown("section", "", section, names, file,
                 fmt::format("sections are named after the commands: {}", fmt::join(names, ", ")));
}

void add_files(Given& given, const std::string& list, const std::string& file) {
  try {
    const auto names = po::split_unix(list);
    given.files.insert(given.files.end(), names.begin(), names.end());
  } catch (const boost::escaped_list_error&) {
    throw Error(
        ErrorKind::usage, "cannot split the list of files",
        {.file = file, .value = list, .hint = "a backslash escapes a quote or a backslash only"});
  }
}

/// Checks an entry, which is one of `options` in the section, and keeps it.
void add_value(Given& given, const std::vector<Option>& options, const Entry& entry,
               const std::vector<std::string>& more_keys, const std::string& hint,
               const std::string& file) {
  const auto option = std::find_if(options.begin(), options.end(),
                                   [&](const Option& each) { return each.name == entry.key; });
  if (option == options.end()) {
    auto names = names_of(options);
    names.insert(names.end(), more_keys.begin(), more_keys.end());
    refuse_unknown(fmt::format("key in section [{}]:", entry.section), "", entry.key, names, file,
                   hint);
  }
  check_value(*option, entry.value, file);
  if (!given.values.emplace(entry.key, entry.value).second)
    throw Error(ErrorKind::usage,
                fmt::format("key {} stands twice in [{}]", entry.key, entry.section),
                {.file = file});
}

void add_entry(Given& given, const Command& command, const Entry& entry, const std::string& file) {
  if (entry.key == "files" && command.files.most > 0) {
    add_files(given, entry.value, file);
    return;
  }
  auto options = options_of(command);
  std::erase_if(options,
                [](const Option& each) { return each.name == "config" || each.name == "help"; });
  add_value(given, options, entry,
            command.files.most > 0 ? std::vector<std::string>{"files"} : std::vector<std::string>{},
            fmt::format("see colonnade {} --help", command.name), file);
}

bool has_shared(const Command& command, const Entry& entry) {
  return std::any_of(command.options.begin(), command.options.end(), [&](const Option& option) {
    return option.section == entry.section && option.name == entry.key;
  });
}

}  // namespace

Given from_config(const Command& command, std::span<const Command> all, const std::string& text,
                  const std::string& file) {
  Given ours, shared;
  std::map<std::string, Given> others;
  for (const auto& entry : entries_of(text, file)) {
    const auto owner = std::find_if(
        all.begin(), all.end(), [&](const Command& each) { return each.name == entry.section; });
    const auto options = shared_options(entry.section, all);
    if (owner == all.end() && options.empty()) refuse_section(entry.section, all, file);
    auto& given = entry.section == command.name ? ours : others[entry.section];
    if (owner != all.end())
      add_entry(given, *owner, entry, file);
    else
      add_value(given, options, entry, {}, "see --help of the commands that read raw files", file);
    if (has_shared(command, entry)) shared.values[entry.key] = entry.value;
  }
  if (const auto base = others.find(command.base); base != others.end())
    for (const auto& option :
         alike(command, *std::find_if(all.begin(), all.end(), [&](const Command& each) {
                 return each.name == command.base;
               })))
      if (const auto value = base->second.values.find(option.name);
          value != base->second.values.end())
        ours.values.insert(*value);
  ours.values.merge(shared.values);  // those of the command's own section count
  return ours;
}

}  // namespace colonnade::app
