#pragma once

#include <colonnade/data/encoding.hpp>

#include <cstdint>
#include <vector>

namespace colonnade::jobs {

/// Prints a line for each feature or, without `each`, for all features of a variable together;
/// `columns` are those that could have been counted.
void print_statistics(const std::vector<data::Feature>& features,
                      const data::Statistics& statistics, std::int64_t columns, bool each);

/// Prints the features that never change, if there are any.
void print_constants(const std::vector<data::Feature>& features,
                     const data::Statistics& statistics);

}  // namespace colonnade::jobs
