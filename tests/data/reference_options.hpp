#pragma once

#include <colonnade/data/prepare.hpp>
#include <colonnade/data/reference_layout.hpp>

#include <string>
#include <utility>
#include <vector>

namespace colonnade::data {

inline void no_progress(std::string_view /*phase*/, std::int64_t /*done*/, std::int64_t /*total*/) {
}

/// prepare of raw files in the reference layout: all inputs and targets.
inline PrepareOptions reference_options(std::vector<std::string> files, std::string out) {
  PrepareOptions options;
  options.files = std::move(files);
  for (const auto& variable : reference_variables())
    (variable.target ? options.targets : options.inputs).push_back(variable.name);
  options.out = std::move(out);
  options.force = true;
  return options;
}

}  // namespace colonnade::data
