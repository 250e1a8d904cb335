#include "sources.hpp"
#include "values.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/nearest.hpp>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace colonnade::app {

namespace po = boost::program_options;
using base::Error;
using base::ErrorKind;

namespace {

/// With a blank, so that no option can have this name.
constexpr const char* files_key = "positional files";

po::parsed_options parse_with_boost(const std::vector<Option>& options,
                                    std::span<const std::string> words) {
  po::options_description description;
  for (const auto& option : options) {
    if (option.is_flag())
      description.add_options()(option.name.c_str(), "");
    else
      description.add_options()(option.name.c_str(), po::value<std::string>(), "");
  }
  description.add_options()(files_key, po::value<std::vector<std::string>>(), "");
  po::positional_options_description positional;
  positional.add(files_key, -1);
  using Style = po::command_line_style::style_t;
  return po::command_line_parser({words.begin(), words.end()})
      .options(description)
      .positional(positional)
      .style(Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next)
      .run();
}

[[noreturn]] void refuse_missing(const Option& option) {
  throw Error(ErrorKind::usage, fmt::format("--{} needs a value", option.name),
              {.hint = fmt::format("write --{} {}", option.name, option.value_name)});
}

// Boost's report of a word that does not fit, as ours.
[[noreturn]] void refuse_syntax(const po::invalid_command_line_syntax& error,
                                const std::vector<Option>& options) {
  std::string name = error.get_option_name();
  name.erase(0, name.find_first_not_of('-'));
  const auto option = std::find_if(options.begin(), options.end(),
                                   [&](const Option& each) { return each.name == name; });
  if (option == options.end()) throw Error(ErrorKind::usage, error.what());
  if (option->is_flag())
    throw Error(ErrorKind::usage, fmt::format("--{} takes no value", name),
                {.hint = fmt::format("write --{} alone", name)});
  refuse_missing(*option);
}

}  // namespace

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const auto& option : options) names.push_back(option.name);
  return names;
}

void refuse_unknown(const std::string& kind, const std::string& prefix, const std::string& name,
                    const std::vector<std::string>& known, const std::string& file,
                    const std::string& otherwise) {
  const std::string meant = base::nearest(name, known);
  throw Error(
      ErrorKind::usage, fmt::format("unknown {} {}{}", kind, prefix, name),
      {.file = file,
       .hint = meant.empty() ? otherwise : fmt::format("did you mean {}{}?", prefix, meant)});
}

Given from_words(const Command& command, std::span<const std::string> words) {
  const auto options = options_of(command);
  const auto unknown = [&](const std::string& name) {
    refuse_unknown("option", "--", name, names_of(options), "",
                   fmt::format("see colonnade {} --help", command.name));
  };
  Given given;
  try {
    for (const auto& word : parse_with_boost(options, words).options) {
      if (word.string_key == files_key) {
        given.files.insert(given.files.end(), word.value.begin(), word.value.end());
        continue;
      }
      const auto option = std::find_if(options.begin(), options.end(), [&](const Option& each) {
        return each.name == word.string_key;
      });
      const std::string value = option->is_flag() ? "true" : word.value.at(0);
      if (value.starts_with("--")) refuse_missing(*option);
      check_value(*option, value, "");
      if (!given.values.emplace(option->name, value).second)
        throw Error(ErrorKind::usage, fmt::format("--{} is given twice", option->name));
    }
  } catch (const po::unknown_option& error) {
    std::string name = error.get_option_name();
    unknown(name.erase(0, name.find_first_not_of('-')));
  } catch (const po::invalid_command_line_syntax& error) {
    refuse_syntax(error, options);
  }
  for (const auto& file : given.files)
    if (file.size() > 1 && file.starts_with('-')) unknown(file.substr(1));
  return given;
}

}  // namespace colonnade::app
