#pragma once

#include <colonnade/report/input_summary.hpp>
#include <colonnade/report/run_record.hpp>

#include <optional>
#include <span>
#include <string>

namespace colonnade::report {

/// The page that tells of one run, or compares several evaluated on splits of the same name.
/// `versions` are those of the program and its libraries, a line each. Throws what draw
/// throws, and a data error for an evaluation that is not what evaluate writes.
std::string report_page(std::span<const RunRecord> runs, const std::optional<InputSummary>& inputs,
                        const std::string& split, const std::string& versions);

}  // namespace colonnade::report
