#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace colonnade::report {

/// Runs a script that writes 0.svg to (files - 1).svg, in a folder of its own; returns what they
/// hold. Throws a usage error when gnuplot is not there, a storage error when it fails or does not
/// end within `limit`, which is a hundred times what a page takes.
std::vector<std::string> run_gnuplot(const std::string& script, std::size_t files,
                                     std::chrono::seconds limit = std::chrono::seconds(100));

}  // namespace colonnade::report
