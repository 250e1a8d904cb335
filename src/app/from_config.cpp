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

const Command& command_named(const std::string& section, std::span<const Command> all,
                             const std::string& file) {
  const auto command = std::find_if(all.begin(), all.end(),
                                    [&](const Command& each) { return each.name == section; });
  if (command != all.end()) return *command;
  std::vector<std::string> names;
  for (const auto& each : all) names.push_back(each.name);
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

void add_entry(Given& given, const Command& command, const Entry& entry, const std::string& file) {
  if (entry.key == "files" && command.files.most > 0) {
    add_files(given, entry.value, file);
    return;
  }
  auto options = options_of(command);
  std::erase_if(options,
                [](const Option& each) { return each.name == "config" || each.name == "help"; });
  const auto option = std::find_if(options.begin(), options.end(),
                                   [&](const Option& each) { return each.name == entry.key; });
  if (option == options.end()) {
    auto names = names_of(options);
    if (command.files.most > 0) names.emplace_back("files");
    refuse_unknown(fmt::format("key in section [{}]:", command.name), "", entry.key, names, file,
                   fmt::format("see colonnade {} --help", command.name));
  }
  check_value(*option, entry.value, file);
  if (!given.values.emplace(entry.key, entry.value).second)
    throw Error(ErrorKind::usage,
                fmt::format("key {} stands twice in [{}]", entry.key, command.name),
                {.file = file});
}

}  // namespace

Given from_config(const Command& command, std::span<const Command> all, const std::string& text,
                  const std::string& file) {
  Given ours;
  std::map<std::string, Given> others;
  for (const auto& entry : entries_of(text, file)) {
    auto& given = entry.section == command.name ? ours : others[entry.section];
    add_entry(given, command_named(entry.section, all, file), entry, file);
  }
  if (const auto base = others.find(command.base); base != others.end())
    for (const auto& option : alike(command, command_named(command.base, all, file)))
      if (const auto value = base->second.values.find(option.name);
          value != base->second.values.end())
        ours.values.insert(*value);
  return ours;
}

}  // namespace colonnade::app
