#pragma once

#include <string>

namespace colonnade::faults {

/// What the next call of this thread on a file is to suffer.
enum class Blow { none, error, part };

/// Set where a site is passed, taken by the first call after it that moves a file's bytes.
extern thread_local Blow next_blow;

/// Adds a line to the report that the tests read: what struck this rank, and where.
void report(const std::string& where);

}  // namespace colonnade::faults
