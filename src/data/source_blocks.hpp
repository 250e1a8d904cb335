#pragma once

#include "data/source_files.hpp"

#include <colonnade/data/sampling.hpp>

#include <string>
#include <vector>

namespace colonnade::data {

/// A stream as it is asked for.
struct StreamPlan {
  VariableReference variable;
  bool is_target = false;      ///< of a window it takes the last step alone
  bool has_first_dim = false;  ///< whether the variable has the first sample dimension
};

/// Adds the blocks of all groups to `sampling`, whose streams are known but for their slots, which
/// this sets, and whose form says how. `plans` are the streams'. Throws usage and data errors.
void lay_blocks(const SourceFiles& files, const std::vector<StreamPlan>& plans,
                const std::vector<double>& labels, Sampling& sampling);

}  // namespace colonnade::data
