#include "report/sections.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::report {

using nlohmann::json;

std::string digits(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-";
}

const json& variable_of(const RunRecord& run, const std::string& name) {
  static const json nothing;
  for (const auto& variable : run.evaluation.at("variables"))
    if (variable.value("variable", "") == name) return variable;
  return nothing;
}

std::vector<std::string> variable_names(Runs runs) {
  std::vector<std::string> names;
  for (const auto& variable : runs.front().evaluation.at("variables"))
    names.push_back(variable.value("variable", ""));
  return names;
}

namespace {

std::vector<std::string> predictors_of(const RunRecord& run) {
  return run.evaluation.value("predictors", std::vector<std::string>{"model"});
}

std::string with_interval(const json& errors, const char* metric) {
  const auto value = digits(number_of(member(errors, "model"), metric));
  const auto bounds = numbers_of(member(errors, "intervals"), metric);
  return bounds.size() == 2 ? fmt::format("{}\n{} to {}", value, fmt::format("{:.3g}", bounds[0]),
                                          fmt::format("{:.3g}", bounds[1]))
                            : value;
}

std::vector<std::string> skill_row(const std::string& name, const json& errors,
                                   const std::vector<std::string>& predictors) {
  std::vector<std::string> row{name, errors.value("units", ""),
                               digits(number_of(errors, "mean_absolute"))};
  for (const char* metric : {"mae", "mae_percent", "rmse", "bias", "r2"})
    row.push_back(with_interval(errors, metric));
  for (std::size_t p = 1; p < predictors.size(); ++p)
    row.push_back(digits(number_of(member(errors, predictors[p]), "mae_percent")));
  return row;
}

Table skill_table(const RunRecord& run) {
  const auto predictors = predictors_of(run);
  Table table{{"target", "units", "mean |y|", "MAE", "MAE %", "RMSE", "bias", "R2"}, {}};
  for (std::size_t p = 1; p < predictors.size(); ++p) table.head.push_back(predictors[p] + " %");
  table.rows.push_back(skill_row("all targets", run.evaluation.at("all_targets"), predictors));
  table.is_marked = {true};
  for (const auto& variable : run.evaluation.at("variables"))
    table.rows.push_back(skill_row(variable.value("variable", ""), variable, predictors));
  return table;
}

Table comparison(Runs runs) {
  Table table{{"MAE % by run"}, {{"all targets"}}, {true}};
  for (const auto& run : runs) {
    table.head.push_back(run.name);
    table.rows[0].push_back(with_interval(run.evaluation.at("all_targets"), "mae_percent"));
  }
  for (const auto& name : variable_names(runs)) {
    std::vector<std::string> row{name};
    for (const auto& run : runs)
      row.push_back(with_interval(variable_of(run, name), "mae_percent"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table ends_table(const RunRecord& run) {
  Table table{{"end of the column", "units", "mean |y|", "MAE", "MAE %", "RMSE", "bias", "R2"}, {}};
  for (const char* end : {"surface", "top"})
    for (const auto& variable : run.evaluation.at("variables"))
      if (const json& errors = member(member(variable, "ends"), end); !errors.is_null()) {
        auto row = skill_row(variable.value("variable", "") + ", " + end, errors, {});
        row[1] = variable.value("units", "");
        table.rows.push_back(std::move(row));
      }
  return table;
}

struct Metric {
  const char *key, *name;
  bool has_units, has_references;
};

/// Pressures in hPa if most levels have one (NaN for the others), else levels.
std::pair<std::vector<double>, Axis> vertical_of(const json& profile) {
  auto heights = numbers_of(profile, "mean_pressure_pa");
  const auto known = std::count_if(heights.begin(), heights.end(),
                                   [](double pressure) { return std::isfinite(pressure); });
  if (2 * static_cast<std::size_t>(known) <= heights.size())
    return {numbers_of(profile, "level"), {.label = "level", .is_reversed = true}};
  for (auto& pressure : heights) pressure /= 100.0;
  return {heights, {.label = "pressure, hPa", .is_reversed = true, .low = 0.0}};
}

Plot profile_plot(Runs runs, const std::string& name, const Metric& metric) {
  const json& first = variable_of(runs.front(), name);
  const std::string units = metric.has_units ? ", " + first.value("units", "") : std::string();
  Plot plot{.title = fmt::format("{}: {}", name, metric.name),
            .x = {metric.name + units},
            .y = {},
            .series = {}};
  if (std::string_view(metric.key) == "r2") plot.x.low = 0.0, plot.x.high = 1.0;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const json& profile = member(variable_of(runs[r], name), "profile");
    auto [heights, axis] = vertical_of(profile);
    if (r == 0) plot.y = axis;
    plot.series.push_back({.title = runs.size() > 1 ? runs[r].name : "model",
                           .ink = ink_of_run(r),
                           .x = numbers_of(member(profile, "model"), metric.key),
                           .y = heights});
    const auto predictors = predictors_of(runs[r]);
    for (std::size_t p = 1; metric.has_references && r == 0 && p < predictors.size(); ++p)
      plot.series.push_back({.title = predictors[p],
                             .ink = static_cast<Ink>(static_cast<int>(Ink::reference) +
                                                     static_cast<int>((p - 1) % 3)),
                             .look = Look::dashes,
                             .x = numbers_of(member(profile, predictors[p]), metric.key),
                             .y = heights});
  }
  return plot;
}

Plot scatter_plot(const RunRecord& run, const json& variable, bool names_run) {
  const json& histogram = variable.at("histogram");
  const std::string units = variable.value("units", ""), name = variable.value("variable", "");
  CountGrid grid;
  grid.x_low = number_of(histogram, "low"), grid.x_high = number_of(histogram, "high");
  grid.y_low = grid.x_low, grid.y_high = grid.x_high;
  const json& rows = histogram.at("counts");
  grid.x_cells = rows.size();
  for (const auto& row : rows)
    if (!row.is_array() || row.size() != rows.size())
      throw base::Error(base::ErrorKind::data, "the counts of a histogram are not a square",
                        {.file = run.evaluation_path,
                         .variable = name,
                         .hint = "run evaluate again, with --force"});
  for (std::size_t predicted = 0; predicted < rows.size(); ++predicted)
    for (const auto& row : rows) grid.counts.push_back(row.at(predicted).get<double>());
  const std::vector<double> diagonal{grid.x_low, grid.x_high};
  return {.title = names_run ? name + ", " + run.name : name,
          .x = {"truth, " + units},
          .y = {"prediction, " + units},
          .series = {{.title = "", .ink = Ink::reference, .x = diagonal, .y = diagonal}},
          .grid = std::move(grid)};
}

/// The middles of the classes; night, or a clear sky, is a class of hardly any width at its end.
std::vector<double> middles(const json& classes) {
  auto low = numbers_of(classes, "low");
  const auto high = numbers_of(classes, "high");
  low.resize(std::min(low.size(), high.size()));
  for (std::size_t c = 0; c < low.size(); ++c) low[c] = (low[c] + high[c]) / 2;
  return low;
}

Plot class_plot(const RunRecord& run, const std::string& property, bool names_run) {
  std::string words = property;
  std::replace(words.begin(), words.end(), '_', ' ');
  Plot plot{.title = "by " + words + (names_run ? ", " + run.name : ""),
            .x = {words},
            .y = {"MAE, " + run.evaluation.at("all_targets").value("units", "")},
            .series = {}};
  std::size_t number = 0;
  for (const auto& variable : run.evaluation.at("variables")) {
    const json& of = member(member(variable, "classes"), property);
    if (variable.contains("weight"))
      plot.series.push_back({.title = variable.value("variable", ""),
                             .ink = ink_of_run(number++),
                             .look = Look::marks,
                             .x = middles(run.evaluation.at("classes").at(property)),
                             .y = numbers_of(member(of, "model"), "mae")});
  }
  return plot;
}

}  // namespace

Section skill_section(Runs runs) {
  Section section{
      "Skill",
      "Errors in physical units; MAE % is the mean absolute error in percent of the mean absolute "
      "target, the signal that is to be learnt. Below a number its confidence interval, from a "
      "bootstrap over blocks of neighbouring columns. Zero, mean and ridge are predictors that "
      "know less, with their MAE %."};
  if (runs.size() > 1) section.tables.push_back(comparison(runs));
  for (const auto& run : runs) {
    section.tables.push_back(skill_table(run));
    if (runs.size() > 1) section.tables.back().head.front() = run.name;
    if (Table ends = ends_table(run); !ends.rows.empty()) section.tables.push_back(std::move(ends));
  }
  return section;
}

Section profile_section(Runs runs) {
  Section section{"Along the vertical",
                  "Errors at each half level, or layer for heating rates (K per day, from the "
                  "divergence of the fluxes unless they are targets). Bias is prediction minus "
                  "truth. Against mean pressure, without the levels whose pressure is not known; "
                  "where these are the most, against the index of the level."};
  for (const auto& name : variable_names(runs))
    if (variable_of(runs.front(), name).contains("profile"))
      for (const Metric& metric :
           {Metric{"mae", "MAE", true, true}, Metric{"rmse", "RMSE", true, true},
            Metric{"bias", "bias", true, false}, Metric{"r2", "R2", false, true}})
        section.plots.push_back(profile_plot(runs, name, metric));
  return section;
}

Section scatter_section(Runs runs) {
  Section section{"Prediction against truth",
                  "Counts of pairs over all columns and levels, on a logarithmic scale of colours "
                  "from blue (one) to red (most). On the line the prediction is right."};
  for (const auto& run : runs)
    for (const auto& variable : run.evaluation.at("variables"))
      if (variable.contains("histogram"))
        section.plots.push_back(scatter_plot(run, variable, runs.size() > 1));
  return section;
}

Section class_section(Runs runs) {
  Section section{"By sun and cloud",
                  "Errors of the columns in classes of the cosine of the solar zenith angle and of "
                  "the cloud cover; night and clear sky are classes of their own."};
  for (const auto& run : runs)
    for (const auto& [property, classes] : member(run.evaluation, "classes").items())
      section.plots.push_back(class_plot(run, property, runs.size() > 1));
  return section;
}

}  // namespace colonnade::report
