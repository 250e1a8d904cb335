#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::app {

/// Resolves a command line: reads the file that --config names, expands patterns in the positional
/// arguments and adds the files of the list that --files-from names. `all` are the commands whose
/// sections a config file may hold; each of its sections and keys is checked.
///
/// Throws base::Error: usage for an unknown option, section or key (naming the nearest), a value
/// that the table does not take, a missing option, too few or many files, or a pattern that matches
/// nothing; storage for a config file or a list that cannot be read.
Arguments parse(const Command& command, std::span<const Command> all,
                std::span<const std::string> words);

/// What `command` is told when the options that it has alike with `origin` are as in `arguments`,
/// but for those of `values`; the rest are its defaults. Throws a usage error for a value that the
/// table does not take; the names of `values` stand in it.
Arguments derived(const Command& command, const Command& origin, const Arguments& arguments,
                  const std::vector<std::pair<std::string, std::string>>& values);

/// A section of a config file that gives the files and these options again; the absent ones are
/// comments.
std::string ini_of(const std::string& section, const std::vector<Option>& options,
                   const Arguments& arguments);

/// The config file that gives these values again: every option of the command, the absent ones as
/// comments; those that belong to a call rather than to its result (config, dry-run, files-from,
/// force, help, resume) are left out.
std::string resolved_ini(const Command& command, const Arguments& arguments);

}  // namespace colonnade::app
