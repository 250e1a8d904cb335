#include <colonnade/app/command.hpp>

#include <boost/algorithm/string/split.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace colonnade::app {

namespace {

constexpr unsigned line_length = 100;

std::string note_of(const Option& option) {
  std::string note = option.help;
  if (option.required) note += " (needed)";
  if (option.least && option.most)
    note += fmt::format(" ({} to {})", *option.least, *option.most);
  else if (option.least)
    note += fmt::format(" ({} or more)", *option.least);
  if (option.fallback) note += fmt::format(" [{}]", *option.fallback);
  return note;
}

// Breaks the lines of a text at blanks so that they fit; its own line breaks stay.
std::string wrapped(std::string text) {
  for (std::size_t line = 0; text.size() - line > line_length;) {
    std::size_t end = text.find('\n', line);
    const std::size_t blank = text.rfind(' ', line + line_length);
    if (end > line + line_length && blank != std::string::npos && blank > line) {
      text[blank] = '\n';
      end = blank;
    }
    if (end == std::string::npos) break;
    line = end + 1;
  }
  return text;
}

void add_table(std::ostream& out, const std::string& title, const std::vector<Option>& options) {
  namespace po = boost::program_options;
  po::options_description table(title, line_length, line_length / 2);
  for (const auto& option : options) {
    const auto note = note_of(option);
    if (option.is_flag()) {
      table.add_options()(option.name.c_str(), note.c_str());
    } else {
      auto* value = po::value<std::string>()->value_name(option.value_name);
      table.add_options()(option.name.c_str(), value, note.c_str());
    }
  }
  out << '\n' << table;
}

}  // namespace

const Option& files_from_option() {
  static const Option option{.name = "files-from",
                             .value_name = "LIST",
                             .help =
                                 "read further FILEs from a list: a path a line, as seen from "
                                 "here, or the CSV that select writes"};
  return option;
}

const std::vector<Option>& common_options() {
  static const std::vector<Option> options{
      {.name = "config",
       .value_name = "FILE",
       .help =
           "read options from an INI file: this command's section, overruled by the command line"},
      {.name = "dry-run", .help = "print the resolved config and the plan; touch nothing"},
      {.name = "threads",
       .value_name = "N",
       .fallback = "1",
       .help = "threads of each rank",
       .least = 1,
       .most = 4096},
      {.name = "watchdog",
       .value_name = "TIME",
       .fallback = "120s",
       .help = "when no rank gets on for so long, say which one is to blame, and end; 0: never"},
      {.name = "quiet", .help = "no progress on standard error"},
      {.name = "force", .help = "replace an output that exists"},
      {.name = "help", .help = "this text"}};
  return options;
}

std::vector<Option> options_of(const Command& command) {
  auto options = command.options;
  const auto& common = common_options();
  options.insert(options.end(), common.begin(), common.end());
  return options;
}

std::vector<Option> alike(const Command& command, const Command& other) {
  const auto others = options_of(other);
  auto found = options_of(command);
  std::erase_if(found, [&](const Option& option) {
    return std::find(others.begin(), others.end(), option) == others.end();
  });
  return found;
}

std::vector<std::string> choices_of(const Option& option) {
  std::vector<std::string> choices;
  const auto is_upper = [](unsigned char letter) { return std::isupper(letter) != 0; };
  const auto& form = option.value_name;
  if (form.find('|') != std::string::npos && std::none_of(form.begin(), form.end(), is_upper))
    boost::split(choices, form, [](char letter) { return letter == '|'; });
  return choices;
}

std::string help_of(const Command& command) {
  std::ostringstream out;
  const bool takes_files = command.files.most > 0;
  out << "usage: colonnade " << command.name << (takes_files ? " " : "") << command.files.usage
      << " [options]\n\n"
      << command.summary << "\n";
  if (!command.description.empty()) out << '\n' << wrapped(command.description) << '\n';
  if (takes_files)
    out << "\nFiles:\n  " << command.files.usage << "  " << command.files.help << '\n';
  if (!command.options.empty()) add_table(out, "Options", command.options);
  add_table(out, "Options of every command", common_options());
  if (!command.examples.empty()) out << "\nExamples:\n";
  for (const auto& example : command.examples) out << "  " << example << '\n';
  return out.str();
}

}  // namespace colonnade::app
