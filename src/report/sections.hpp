#pragma once

#include <colonnade/report/input_summary.hpp>
#include <colonnade/report/page.hpp>
#include <colonnade/report/run_record.hpp>

#include <span>
#include <string>

namespace colonnade::report {

using Runs = std::span<const RunRecord>;

/// How the losses fell.
Section learning_section(Runs runs);
/// Errors of each target, with intervals, beside simple predictors; the ends of the column.
Section skill_section(Runs runs);
/// Errors along the vertical, a picture for each metric of each variable.
Section profile_section(Runs runs);
/// Prediction against truth, as counts.
Section scatter_section(Runs runs);
/// Errors by the height of the sun and by cloud cover; empty without them.
Section class_section(Runs runs);
/// What is in the data.
Section input_section(const InputSummary& inputs);
/// Throughput and where the time went.
Section speed_section(Runs runs);
/// Options, provenance and hashes.
Section settings_section(Runs runs, const std::string& versions);

/// Whether the run is one of a model of classes, for which there are these instead of skill,
/// profiles, scatter and errors by sun and cloud.
bool tells_classes(const RunRecord& run);
std::vector<Figure> class_figures(const RunRecord& run);
/// Skill for each class and on average, beside the majority.
Section class_skill_section(Runs runs);
/// Confusion of the classes: matrices where one is true, else hits and misses of each.
Section confusion_section(Runs runs);
/// Predicted and observed frequencies.
Section calibration_section(Runs runs);
Section roc_section(Runs runs);

/// Four digits, "-" for what is not finite.
std::string digits(double value);
/// The variable of that name in what evaluate wrote; null if it is not there.
const nlohmann::json& variable_of(const RunRecord& run, const std::string& name);
/// The names of the variables of the first run.
std::vector<std::string> variable_names(Runs runs);

}  // namespace colonnade::report
