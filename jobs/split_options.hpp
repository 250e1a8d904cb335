// How prepare divides columns among the splits: its options.
#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/data/prepare.hpp>

#include <vector>

namespace colonnade::jobs {

std::vector<app::Option> split_options();

/// Sets split and division; throws usage errors where the options contradict each other.
void set_split(const app::Arguments& arguments, data::PrepareOptions& options);

}  // namespace colonnade::jobs
