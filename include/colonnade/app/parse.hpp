#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>

#include <span>
#include <string>

namespace colonnade::app {

/// Resolves a command line: reads the file that --config names and expands patterns in the
/// positional arguments. `all` are the commands whose sections a config file may hold; each of its
/// sections and keys is checked.
///
/// Throws base::Error: usage for an unknown option, section or key (naming the nearest), a value
/// that the table does not take, a missing option, too few or many files, or a pattern that matches
/// nothing; storage for a config file that cannot be read.
Arguments parse(const Command& command, std::span<const Command> all,
                std::span<const std::string> words);

/// The config file that gives these values again: every option of the command, the absent ones as
/// comments; those that belong to a call rather than to its result (config, dry-run, force, help,
/// resume) are left out.
std::string resolved_ini(const Command& command, const Arguments& arguments);

}  // namespace colonnade::app
