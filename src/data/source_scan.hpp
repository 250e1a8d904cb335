#pragma once

#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/source_form.hpp>

#include <string>
#include <vector>

namespace colonnade::data {

/// Reads the headers of a described source on this process alone. `inputs` and `targets` are
/// references, or names that the form derives. Throws usage, data and storage errors.
RawSet scan_source(const std::vector<std::string>& paths, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& targets, const SourceOptions& options);

}  // namespace colonnade::data
