#pragma once

#include <colonnade/app/command.hpp>

#include <span>
#include <string>

namespace colonnade::app {

/// The program's manual page, in the language of man(7): what --help says of every command.
/// `about` is what the program is for, `version` its name and version.
std::string manual_of(std::span<const Command> commands, const std::string& about,
                      const std::string& version);

/// A script for bash that completes commands, their options, the words that an option takes, and
/// file names.
std::string completion_of(std::span<const Command> commands);

}  // namespace colonnade::app
