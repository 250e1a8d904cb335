#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::app {

/// One row of a command's table: parsing, --help, config files and the resolved config are made
/// from it.
///
/// `value_name` says what values are taken, and they are checked while parsing: "N" an integer, "X"
/// a number, "N,..." and "X,..." lists of them, "SIZE" bytes ("4G"), "TIME" seconds ("10min"),
/// "zscore|minmax|none" one of these words (a part in capitals, as in "auto|FILE", admits any
/// text), "" none: a flag. Any other name takes any text.
struct Option {
  std::string name{};
  std::string value_name{};
  std::optional<std::string> fallback{};  ///< the value when none is given; never ""
  std::string help{};
  std::optional<double> least{};  ///< the smallest value taken, of an integer, a number or a list
  std::optional<double> most{};   ///< the largest
  bool required = false;
  /// Of config files, beside that of the command: one for options that several commands share.
  std::string section{};

  [[nodiscard]] bool is_flag() const { return value_name.empty(); }
  bool operator==(const Option&) const = default;
};

/// The files that a command takes as its positional arguments.
struct Files {
  std::string usage{};  ///< as the usage line shows them: "RUN FILE..."
  std::string help{};
  std::size_t least = 0;
  std::size_t most = 0;
};

/// A command's description. `examples` are command lines, one an element.
struct Command {
  std::string name{};
  std::string summary{};      ///< one line for the list of commands
  std::string description{};  ///< what it does and what follows; help_of breaks its lines
  Files files{};
  std::vector<Option> options{};
  std::vector<std::string> examples{};
  /// Another command whose section of a config file holds for the options that both have alike, and
  /// that this command's own section does not give; "": none.
  std::string base{};
};

/// The options that every command has: config, dry-run, threads, watchdog, quiet, force,
/// help.
const std::vector<Option>& common_options();

/// --files-from LIST, for commands that take many files: those that it names follow the others.
const Option& files_from_option();

/// The command's own options, then the common ones.
std::vector<Option> options_of(const Command& command);

/// The options of `command` that `other` has with the same meaning: the rows of both tables are
/// equal.
std::vector<Option> alike(const Command& command, const Command& other);

/// The words of a closed list such as "zscore|minmax|none"; none when any text is taken.
std::vector<std::string> choices_of(const Option& option);

/// The text of `colonnade COMMAND --help`.
std::string help_of(const Command& command);

}  // namespace colonnade::app
