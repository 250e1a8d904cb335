#include <colonnade/app/manual.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <sstream>

namespace colonnade::app {

namespace {

/// Text as roff shows it: backslashes and hyphens literal, no line taken for a request.
std::string plain(const std::string& text) {
  std::string result;
  bool begins_line = true;
  for (const char c : text) {
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    begins_line = c == '\n';
  }
  return result;
}

/// Paragraphs, which empty lines part.
std::string paragraphs(const std::string& text) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    result += line.empty() ? ".PP\n" : plain(line) + "\n";
  return result;
}

void add_option(std::string& page, const Option& option) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, ".TP\n.B {}", plain("--" + option.name));
  if (!option.is_flag()) fmt::format_to(out, " \\fI{}\\fR", plain(option.value_name));
  fmt::format_to(out, "\n{}", plain(option.help));
  if (option.required) page += " (needed)";
  if (option.fallback) fmt::format_to(out, " [{}]", plain(*option.fallback));
  page += "\n";
}

void add_command(std::string& page, const Command& command) {
  const bool takes_files = command.files.most > 0;
  auto out = std::back_inserter(page);
  fmt::format_to(out, ".SS {}\n", plain(command.name));
  fmt::format_to(out, ".B colonnade {}\n{}[options]\n.PP\n{}.\n", plain(command.name),
                 takes_files ? plain(command.files.usage) + "\n" : "", plain(command.summary));
  fmt::format_to(out, ".PP\n{}", paragraphs(command.description));
  if (takes_files)
    fmt::format_to(out, ".TP\n.I {}\n{}\n", plain(command.files.usage), plain(command.files.help));
  for (const auto& option : command.options) add_option(page, option);
  if (command.examples.empty()) return;
  page += ".PP\nExamples:\n.PP\n.nf\n.RS\n";
  for (const auto& example : command.examples) page += plain(example) + "\n";
  page += ".RE\n.fi\n";
}

}  // namespace

std::string manual_of(std::span<const Command> commands, const std::string& about,
                      const std::string& version) {
  std::string page = fmt::format(
      ".TH COLONNADE 1 \"\" \"{}\" \"User Commands\"\n.SH NAME\n"
      "colonnade \\- climate columns to a trained, measured emulator\n.SH SYNOPSIS\n"
      ".B colonnade\n.I COMMAND\n[options]\n.SH DESCRIPTION\n{}.SH COMMANDS\n",
      plain(version), paragraphs(about));
  for (const auto& command : commands) add_command(page, command);
  page += ".SH OPTIONS OF EVERY COMMAND\n";
  for (const auto& option : common_options()) add_option(page, option);
  return page +
         ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\n\\fBdiff\\fR: the runs differ\n.TP\n2\nusage: the "
         "call cannot be carried out as written\n.TP\n3\ndata: the input does not hold what is "
         "asked of it\n.TP\n4\nstorage: a file or a disc refused\n.TP\n5\nnumeric: the calculation "
         "left the finite numbers\n.TP\n70\na bug, or a lost rank\n.TP\n75\nstopped on request, "
         "with a checkpoint written: requeue me\n";
}

std::string completion_of(std::span<const Command> commands) {
  std::vector<std::string> names;
  std::string options, choices;
  for (const auto& command : commands) {
    names.push_back(command.name);
    std::vector<std::string> words;
    for (const auto& option : options_of(command)) {
      words.push_back("--" + option.name);
      if (const auto taken = choices_of(option); !taken.empty())
        fmt::format_to(std::back_inserter(choices), "    {}:--{}) words='{}' ;;\n", command.name,
                       option.name, fmt::join(taken, " "));
    }
    fmt::format_to(std::back_inserter(options), "    {}) words='{}' ;;\n", command.name,
                   fmt::join(words, " "));
  }
  return fmt::format(
      "# Completion of colonnade's command lines in bash.\n"
      "_colonnade() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} words=\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- \"$word\")\n"
      "    return\n"
      "  fi\n"
      "  case ${{COMP_WORDS[1]}}:${{COMP_WORDS[COMP_CWORD - 1]}} in\n{}  esac\n"
      "  if [[ -z $words && $word == -* ]]; then\n"
      "    case ${{COMP_WORDS[1]}} in\n{}    esac\n"
      "  fi\n"
      "  if [[ -n $words ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _colonnade colonnade\n",
      fmt::join(names, " "), choices, options);
}

}  // namespace colonnade::app
