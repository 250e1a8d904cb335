#include "report/sections.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/report/report.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace colonnade::report {

namespace {

std::string title_of(Runs runs) {
  std::vector<std::string> names;
  for (const auto& run : runs) names.push_back(run.name);
  return fmt::format("Colonnade: {}", fmt::join(names, ", "));
}

std::string summary_of(Runs runs, const std::string& split) {
  const auto& first = runs.front();
  return fmt::format(
      "{} evaluated on the {} split ({} columns). Network {}{}.",
      runs.size() == 1 ? "A training run" : fmt::format("{} training runs", runs.size()), split,
      base::human_count(first.evaluation.value("columns", std::int64_t{0})),
      fmt::join(first.widths, "-"), runs.size() > 1 ? " in the first" : "");
}

/// The first of them for comparisons.
std::vector<Figure> skill_figures(const RunRecord& run) {
  if (tells_classes(run)) return class_figures(run);
  const auto& all = run.evaluation.at("all_targets");
  return {
      {"mean absolute error, % of the signal", digits(number_of(all.at("model"), "mae_percent")),
       fmt::format("{} {}", digits(number_of(all.at("model"), "mae")), all.value("units", ""))},
      {"R2, all targets", digits(number_of(all.at("model"), "r2")), "1 is perfect"}};
}

std::vector<Figure> figures_of(Runs runs) {
  std::vector<Figure> figures;
  for (const auto& run : runs) {
    const auto skill = skill_figures(run);
    if (runs.size() > 1) {
      figures.push_back(skill.front());
      figures.back().name = run.name + ": " + figures.back().name;
      continue;
    }
    figures.insert(figures.end(), skill.begin(), skill.end());
    figures.push_back(
        {"epochs", std::to_string(run.metrics.column("epoch").size()),
         fmt::format("{} weights", base::human_count(static_cast<std::int64_t>(run.parameters)))});
    figures.push_back({"weights", run.provenance.value("weights_hash", "-"),
                       "data " + run.provenance.value("data_content", "-")});
  }
  return figures;
}

/// What the runs alone tell, without the data.
std::vector<Section> sections_of(Runs runs) {
  if (tells_classes(runs.front()))
    return {class_skill_section(runs), learning_section(runs), confusion_section(runs),
            calibration_section(runs), roc_section(runs)};
  return {skill_section(runs), learning_section(runs), profile_section(runs), scatter_section(runs),
          class_section(runs)};
}

/// Each run is shown alone first: an evaluation of another form fails in whatever comes upon it.
void expect_whole(const RunRecord& run, const std::string& split) {
  try {
    static_cast<void>(sections_of({&run, 1}));
    static_cast<void>(figures_of({&run, 1}));
    static_cast<void>(summary_of({&run, 1}, split));
  } catch (const nlohmann::json::exception& error) {
    throw base::Error(base::ErrorKind::data, "this is not what evaluate writes",
                      {.file = run.evaluation_path,
                       .value = error.what(),
                       .hint = "run evaluate again, with --force"});
  }
}

}  // namespace

std::string report_page(std::span<const RunRecord> runs, const std::optional<InputSummary>& inputs,
                        const std::string& split, const std::string& versions) {
  for (const auto& run : runs) {
    if (tells_classes(run) != tells_classes(runs.front()))
      throw base::Error(base::ErrorKind::usage,
                        "a model of classes and one of numbers cannot be compared",
                        {.file = run.path, .hint = "make a report of each"});
    expect_whole(run, split);
  }
  std::vector<Section> sections = sections_of(runs);
  if (inputs) sections.push_back(input_section(*inputs));
  sections.push_back(speed_section(runs));
  sections.push_back(settings_section(runs, versions));
  std::erase_if(sections, [](const Section& section) {
    return section.plots.empty() && section.tables.empty();
  });
  return html_page(title_of(runs), summary_of(runs, split), figures_of(runs), sections);
}

}  // namespace colonnade::report
