#include "file_list.hpp"
#include "sources.hpp"
#include "values.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/io/readable.hpp>

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <system_error>

namespace colonnade::app {

using base::Error;
using base::ErrorKind;

namespace {

std::string content_of(const std::string& path, const char* kind) {
  io::expect_regular(path);
  std::ifstream stream(path);
  stream.peek();
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorKind::storage, fmt::format("cannot read the {}", kind),
                {.file = path, .value = std::generic_category().message(errno)});
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  const int failed = glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  if (failed != 0) throw Error(ErrorKind::usage, "no file matches the pattern", {.value = pattern});
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> expanded(const std::vector<std::string>& names) {
  std::vector<std::string> files;
  for (const auto& name : names) {
    std::error_code none;
    if (name.find_first_of("*?[") == std::string::npos || std::filesystem::exists(name, none)) {
      files.push_back(name);
    } else {
      const auto matches = matches_of(name);
      files.insert(files.end(), matches.begin(), matches.end());
    }
  }
  return files;
}

void check_files(const Command& command, const std::vector<std::string>& files) {
  const auto& [usage, help, least, most] = command.files;
  if (files.size() < least)
    throw Error(ErrorKind::usage, fmt::format("{} needs {}", command.name, usage), {.hint = help});
  // What resolved_ini writes must be read back as it was.
  for (const auto& file : files)
    if (file.find_first_of("#\n") != std::string::npos)
      throw Error(ErrorKind::usage,
                  "a file's name holds '#', which begins a comment in config files",
                  {.value = file, .hint = "rename it, or make a link with another name"});
  if (files.size() <= most) return;
  const auto takes = most == 0 ? "no files" : most == 1 ? "one " + usage : usage;
  throw Error(ErrorKind::usage,
              fmt::format("{} takes {}; not expected: {}", command.name, takes, files[most]));
}

Arguments::Value resolve(const Option& option, const Given& line, const Given& config) {
  for (const auto* source : {&line, &config})
    if (const auto found = source->values.find(option.name); found != source->values.end())
      return {.text = found->second, .is_set = true, .is_given = true};
  if (option.is_flag()) return {.text = "false", .is_set = true};
  return {.text = option.fallback.value_or(""), .is_set = option.fallback.has_value()};
}

void expect_required(const Command& command, const Arguments::Values& values) {
  for (const auto& option : options_of(command))
    if (option.required && !values.at(option.name).is_set)
      throw Error(ErrorKind::usage,
                  fmt::format("{} needs --{} {}", command.name, option.name, option.value_name),
                  {.hint = fmt::format("see colonnade {} --help", command.name)});
}

// As Boost's split_unix reads it.
std::string quoted(const std::string& name) {
  if (name.find_first_of(" \t'\"\\") == std::string::npos) return name;
  std::string text = "\"";
  for (const char letter : name) {
    if (letter == '\'' || letter == '"' || letter == '\\') text += '\\';
    text += letter;
  }
  return text + '"';
}

}  // namespace

Arguments parse(const Command& command, std::span<const Command> all,
                std::span<const std::string> words) {
  const Given line = from_words(command, words);
  Given config;
  if (const auto file = line.values.find("config"); file != line.values.end())
    config = from_config(command, all, content_of(file->second, "config file"), file->second);
  Arguments::Values values;
  for (const auto& option : options_of(command))
    values[option.name] = resolve(option, line, config);
  expect_required(command, values);
  auto files = expanded(line.files.empty() ? config.files : line.files);
  if (const auto list = values.find(files_from_option().name);
      list != values.end() && list->second.is_set) {
    const auto listed =
        listed_in(content_of(list->second.text, "list of files"), list->second.text);
    files.insert(files.end(), listed.begin(), listed.end());
  }
  check_files(command, files);
  return {std::move(values), std::move(files)};
}

Arguments derived(const Command& command, const Command& origin, const Arguments& arguments,
                  const std::vector<std::pair<std::string, std::string>>& values) {
  Arguments::Values resolved;
  for (const auto& option : options_of(command)) resolved[option.name] = resolve(option, {}, {});
  for (const auto& option : alike(command, origin))
    if (arguments.has(option.name))
      resolved[option.name] = {.text = arguments.text(option.name),
                               .is_set = true,
                               .is_given = arguments.given(option.name)};
  for (const auto& option : options_of(command))
    for (const auto& [name, text] : values) {
      if (name != option.name) continue;
      check_value(option, text, "");
      resolved[name] = {.text = text, .is_set = true, .is_given = true};
    }
  return {std::move(resolved), arguments.files()};
}

std::string ini_of(const std::string& section, const std::vector<Option>& options,
                   const Arguments& arguments) {
  std::string text = fmt::format("[{}]\n", section);
  if (!arguments.files().empty()) {
    text += "files =";
    for (const auto& file : arguments.files()) text += fmt::format(" {}", quoted(file));
    text += '\n';
  }
  std::map<std::string, std::string> sections;  // "": that of the command
  for (const auto& option : options)
    sections[option.section] +=
        arguments.has(option.name)
            ? fmt::format("{} = {}\n", option.name, arguments.text(option.name))
            : fmt::format("# {} = {} is not set\n", option.name, option.value_name);
  for (const auto& [name, lines] : sections)
    text += name.empty() ? lines : fmt::format("\n[{}]\n{}", name, lines);
  return text;
}

std::string resolved_ini(const Command& command, const Arguments& arguments) {
  // The files that a list names stand among the files.
  constexpr std::array of_the_call{"config", "dry-run", "files-from", "force", "help", "resume"};
  auto options = options_of(command);
  std::erase_if(options, [&](const Option& option) {
    return std::find(of_the_call.begin(), of_the_call.end(), option.name) != of_the_call.end();
  });
  return ini_of(command.name, options, arguments);
}

}  // namespace colonnade::app
