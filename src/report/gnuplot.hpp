#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace colonnade::report {

/// Runs a script that draws so many SVG pictures to standard output; returns their <svg> elements.
/// Nothing of it touches a disc, and gnuplot is killed when the calling thread ends before it.
/// Throws a usage error when gnuplot is not there, a storage error when it fails or does not end
/// within `limit`, which is a hundred times what a page takes.
std::vector<std::string> run_gnuplot(const std::string& script, std::size_t pictures,
                                     std::chrono::seconds limit = std::chrono::seconds(100));

}  // namespace colonnade::report
