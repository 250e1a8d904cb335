#include "report/sections.hpp"

#include <colonnade/base/human.hpp>
#include <colonnade/train/median.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

namespace colonnade::report {

using nlohmann::json;

namespace {

std::string named(Runs runs, const RunRecord& run, const std::string& what) {
  return runs.size() > 1 ? run.name + ", " + what : what;
}

Plot curve_plot(Runs runs, const std::string& title, const std::string& label, bool is_log,
                const std::vector<std::pair<std::string, std::string>>& columns) {
  Plot plot{.title = title, .x = {"epoch"}, .y = {.label = label, .is_log = is_log}, .series = {}};
  for (std::size_t r = 0; r < runs.size(); ++r)
    for (const auto& [column, words] : columns)
      plot.series.push_back({.title = runs.size() > 1 && columns.size() == 1
                                          ? runs[r].name
                                          : named(runs, runs[r], words),
                             .ink = ink_of_run(r),
                             .look = column == "train_loss" ? Look::dashes : Look::line,
                             .x = runs[r].metrics.column("epoch"),
                             .y = runs[r].metrics.column(column)});
  plot.has_key = runs.size() > 1 || columns.size() > 1;
  return plot;
}

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::string percent(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100.0 * fraction) : "-";
}

/// As train reports it: the median over the epochs after the first.
double throughput_of(const RunRecord& run) {
  auto rates = run.metrics.column("columns_per_second");
  if (rates.size() > 1) rates.erase(rates.begin());
  return rates.empty() ? std::nan("") : train::median(std::move(rates));
}

/// A picture of the mean and the spread of a variable along its levels.
Plot spread_plot(const VariableSummary& variable) {
  Plot plot{.title = variable.name + ": mean, standard deviation",
            .x = {variable.name + ", " + variable.units},
            .y = {.label = "level", .is_reversed = true},
            .series = {},
            .has_key = false};
  const std::vector<double> levels(variable.levels.begin(), variable.levels.end());
  for (const double sign : {0.0, -1.0, 1.0}) {
    std::vector<double> values = variable.mean;
    for (std::size_t l = 0; l < values.size(); ++l) values[l] += sign * variable.std[l];
    plot.series.push_back({.title = "",
                           .ink = sign == 0.0 ? Ink::run_1 : Ink::reference,
                           .look = sign == 0.0 ? Look::line : Look::dashes,
                           .x = std::move(values),
                           .y = levels});
  }
  return plot;
}

Plot histogram_plot(const VariableSummary& variable) {
  Plot plot{.title = variable.name + ": histogram",
            .x = {variable.name + ", " + variable.units},
            .y = {.label = "values", .is_log = true},
            .series = {{.title = "", .look = Look::steps, .x = {}, .y = {}}},
            .has_key = false};
  const auto bins = static_cast<double>(variable.counts.size());
  for (std::size_t b = 0; b < variable.counts.size(); ++b) {
    const double place = (static_cast<double>(b) + 0.5) / bins;
    plot.series[0].x.push_back(variable.low + place * (variable.high - variable.low));
    plot.series[0].y.push_back(std::max(variable.counts[b], 0.5));
  }
  return plot;
}

/// A row for each name that any of the runs has, a column for each run; rows that differ marked.
Table side_by_side(Runs runs, const std::string& head,
                   const std::vector<std::vector<std::pair<std::string, std::string>>>& values) {
  Table table{{head}, {}};
  for (const auto& run : runs) table.head.push_back(run.name);
  std::vector<std::string> names;
  for (const auto& of_run : values)
    for (const auto& [name, unused] : of_run)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const auto& name : names) {
    std::vector<std::string> row{name};
    for (const auto& of_run : values) {
      const auto at = std::find_if(of_run.begin(), of_run.end(),
                                   [&](const auto& pair) { return pair.first == name; });
      row.push_back(at == of_run.end() ? "-" : at->second);
    }
    table.is_marked.push_back(
        std::any_of(row.begin() + 1, row.end(), [&](const auto& cell) { return cell != row[1]; }));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Section learning_section(Runs runs) {
  Section section{"Learning",
                  "The loss after each epoch, on the training split (dashes: during the epoch) and "
                  "on the validation split, by which the best weights are chosen."};
  section.plots = {curve_plot(runs, "Loss", "loss", true,
                              {{"validation_loss", "validation"}, {"train_loss", "training"}}),
                   curve_plot(runs, "Learning rate", "learning rate", false,
                              {{"learning_rate", "learning rate"}})};
  return section;
}

Section input_section(const InputSummary& inputs) {
  Section section{"What is in the data",
                  fmt::format("The inputs of {} columns of the training split of {}, in physical "
                              "units; profiles against the index of the level, counts on a "
                              "logarithmic axis.",
                              base::human_count(inputs.columns), inputs.data)};
  for (const auto& variable : inputs.variables) {
    if (variable.levels.size() > 1) section.plots.push_back(spread_plot(variable));
    section.plots.push_back(histogram_plot(variable));
  }
  return section;
}

Section speed_section(Runs runs) {
  Section section{
      "Speed",
      "Columns trained with per second, without validation and files, and what the time "
      "went into, in percent of the whole run."};
  Table table{{"run", "columns/s", "seconds", "input", "compute", "sum", "messages", "optimiser",
               "hashes", "validation"},
              {}};
  for (const auto& run : runs) {
    const auto ends = run.metrics.column("seconds");
    const double whole_s = ends.empty() ? std::nan("") : ends.back();
    std::vector<std::string> row{run.name, digits(throughput_of(run)), digits(whole_s)};
    for (const char* part : {"input_s", "compute_s", "sum_s", "communication_s", "optimiser_s",
                             "hash_s", "validation_s"})
      row.push_back(percent(sum_of(run.metrics.column(part)) / whole_s));
    table.rows.push_back(std::move(row));
  }
  section.tables.push_back(std::move(table));
  section.plots = {
      curve_plot(runs, "Throughput", "columns/s", false, {{"columns_per_second", "columns/s"}})};
  return section;
}

Section settings_section(Runs runs, const std::string& versions) {
  Section section{"Settings and provenance",
                  runs.size() > 1 ? "Rows in which the runs differ are marked."
                                  : "With these options, data and program the run can be repeated, "
                                    "to the same weights on any number of ranks and threads."};
  std::vector<std::vector<std::pair<std::string, std::string>>> options, provenance;
  for (const auto& run : runs) {
    options.emplace_back(run.options.begin(), run.options.end());
    provenance.emplace_back();
    for (const auto& [name, value] : run.provenance.items())
      if (!value.is_object()) provenance.back().emplace_back(name, text_of(value));
  }
  section.tables = {side_by_side(runs, "option", options),
                    side_by_side(runs, "provenance", provenance)};
  Table made{{"this report was made with"}, {}};
  std::istringstream lines(versions);
  for (std::string line; std::getline(lines, line);) made.rows.push_back({line});
  section.tables.push_back(std::move(made));
  return section;
}

}  // namespace colonnade::report
