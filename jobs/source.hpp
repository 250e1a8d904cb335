// What the commands that read raw files are told of them alike: the section [source].
#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/data/raw_set.hpp>

#include <optional>
#include <string>
#include <vector>

namespace colonnade::jobs {

/// --sample-dims and what goes with it.
std::vector<app::Option> source_options();

/// --label, which holds for the files at hand alone.
app::Option label_option();

/// The source that the options describe, on top of `known`, what a model knows of it; nothing where
/// columns are rows of the column dimension. Throws usage errors.
std::optional<data::SourceOptions> source_from(const app::Arguments& arguments,
                                               const std::optional<data::SourceForm>& known = {});

/// The files that --where chooses where columns are rows: a described source chooses by itself.
/// Throws usage errors.
std::vector<std::string> chosen_files(const app::Arguments& arguments,
                                      const std::vector<std::string>& files);

/// "time 12, y 100, x 80".
std::string sample_dims_text(const data::RawSet& set);

/// Says how many steps fill no window, and how many files hold none of the variables, if any do, on
/// standard error.
void warn_of_left_out(const data::RawSet& set, const char* command);

}  // namespace colonnade::jobs
