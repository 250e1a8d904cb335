#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/data/prepare.hpp>

#include <vector>

namespace colonnade::jobs {

/// The options of prepare that say how raw values become the network's numbers.
std::vector<app::Option> encoding_options();

/// What the user says by them. Throws usage errors.
void take_encoding(const app::Arguments& arguments, data::PrepareOptions& options);

/// Prints how many columns of each split belong to each class; nothing without classes.
void print_classes(const data::PrepareReport& report);

}  // namespace colonnade::jobs
