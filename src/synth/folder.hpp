#pragma once

#include <colonnade/synth/files.hpp>

#include <string>
#include <vector>

namespace colonnade::synth {

/// Makes the folder of the output, and removes what dead processes left of `paths`. Throws a
/// storage error, and as expect_free_folder does.
void make_folder(const Options& options, const std::vector<std::string>& paths);

}  // namespace colonnade::synth
