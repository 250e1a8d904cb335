#include <colonnade/train/evaluation_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::train {

namespace {

std::string percent(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "-";
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-";
}

std::string short_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.3g}", value) : "-";
}

std::string text_of(const Interval& interval) {
  if (!std::isfinite(interval.low)) return "-";
  return short_number(interval.low) + " to " + short_number(interval.high);
}

bool is_target(const Evaluation& evaluation, const VariableErrors& one) {
  return one.run.first < evaluation.targets;
}

/// The name, as wide as the longest of a row of any table.
std::string padded(const Evaluation& evaluation, const std::string& name) {
  std::size_t width = 20;
  for (const auto& run : data::runs_of(evaluation.quantities)) {
    const bool has_ends = run.first < evaluation.targets && ends_of(evaluation, run);
    width = std::max(width, run.variable.size() + (has_ends ? std::string(" surface").size() : 0));
  }
  return fmt::format("{:<{}}", name, width);
}

std::string row_of(const std::string& name, const std::string& units,
                   const QuantityErrors& errors) {
  auto row =
      fmt::format("{} {:<8} {:>9} {:>9} {:>7} {:>9} {:>10} {:>7}", name, units,
                  number(errors.mean_absolute()), number(errors.mae(0)), percent(errors.percent(0)),
                  number(errors.rmse(0)), number(errors.bias(0)), number(errors.r2(0)));
  for (std::size_t p = 1; p < errors.predictors.size(); ++p)
    row += fmt::format(" {:>8}", percent(errors.percent(p)));
  return row + "\n";
}

bool is_weighted(const Evaluation& evaluation) {
  return std::any_of(evaluation.weights.begin(), evaluation.weights.end(),
                     [](double weight) { return weight != 1.0; });
}

std::string ends_table(const Evaluation& evaluation) {
  std::string rows;
  for (const auto& one : variables_of(evaluation)) {
    const auto ends = ends_of(evaluation, one.run);
    if (!ends || !is_target(evaluation, one)) continue;
    for (const auto& [end, name] : {std::pair(ends->top, "top"), {ends->surface, "surface"}})
      rows += row_of(padded(evaluation, one.run.variable + " " + name), one.run.units,
                     evaluation.errors[end]);
  }
  if (rows.empty()) return rows;
  return fmt::format("\nends of the column: the {} level is at the top, {}\n",
                     evaluation.top_is_first ? "first" : "last",
                     evaluation.order_from_pressure ? "by the pressures among the inputs"
                                                    : "as no pressures tell otherwise") +
         rows;
}

std::string intervals_table(const Evaluation& evaluation) {
  if (!evaluation.bootstrap) return "";
  const auto& [options, blocks, variables, all] = *evaluation.bootstrap;
  auto text =
      fmt::format("\n{:g} % intervals: {} replicates of {} blocks of {} raw columns\n",
                  100 * options.confidence, options.replicates, blocks, options.block_columns);
  const auto row = [&](const std::string& name, const Intervals& of) {
    return fmt::format("{} {:>18} {:>14} {:>18} {:>22} {:>16}\n", padded(evaluation, name),
                       text_of(of.mae), text_of(of.percent), text_of(of.rmse), text_of(of.bias),
                       text_of(of.r2));
  };
  text += fmt::format("{} {:>18} {:>14} {:>18} {:>22} {:>16}\n", padded(evaluation, ""), "MAE",
                      "MAE %", "RMSE", "bias", "R2");
  const auto of = variables_of(evaluation);
  for (std::size_t v = 0; v < of.size(); ++v) {
    text += row(of[v].run.variable, variables[v]);
    const bool is_last_target =
        is_target(evaluation, of[v]) && of[v].run.first + of[v].run.count == evaluation.targets;
    if (is_last_target) text += row("all targets", all);
  }
  return text;
}

std::string places_table(const Evaluation& evaluation) {
  if (!evaluation.places) return "";
  auto text = fmt::format(
      "\nat each of {} places and each level over time, then the mean over places and levels\n"
      "{} {:<8} {:>9} {:>9} {:>10} {:>7}\n",
      evaluation.places->places, padded(evaluation, "target"), "units", "MAE", "RMSE", "bias",
      "R2");
  const auto row = [&](const std::string& name, const std::string& units, const PlaceMeans& of) {
    text += fmt::format("{} {:<8} {:>9} {:>9} {:>10} {:>7}", padded(evaluation, name), units,
                        number(of.mae), number(of.rmse), number(of.bias), number(of.r2));
    if (of.r2_percent < 100) text += fmt::format("  (R2 of the {:.1f} % that vary)", of.r2_percent);
    text += "\n";
  };
  const auto of = variables_of(evaluation);
  for (std::size_t v = 0; v < evaluation.places->variables.size(); ++v)
    row(of[v].run.variable, of[v].run.units, evaluation.places->variables[v]);
  row("all targets", units_of_targets(evaluation), evaluation.places->all_targets);
  return text;
}

std::string residuals_table(const Evaluation& evaluation) {
  std::string text;
  for (const auto& residual : evaluation.residuals) {
    const auto all = residual.all();
    text += fmt::format(
        "{} minus divergence of predicted fluxes: mean size {} {} ({} % of the rate's), RMS {}, "
        "mean {}; in the truth {}\n",
        residual.target, number(all.mae(1)), residual.units,
        percent(100 * all.mae(1) / residual.mean_absolute), number(all.rmse(1)),
        number(all.bias(1)), number(all.mae(0)));
  }
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string units_of_targets(const Evaluation& evaluation) {
  const auto end = evaluation.quantities.begin() + static_cast<std::ptrdiff_t>(evaluation.targets);
  const auto& first = evaluation.quantities.front().units;
  const bool shared = std::all_of(evaluation.quantities.begin(), end,
                                  [&](const auto& quantity) { return quantity.units == first; });
  return shared ? first : "mixed";
}

std::string table_of(const Evaluation& evaluation) {
  auto text =
      fmt::format("{} {:<8} {:>9} {:>9} {:>7} {:>9} {:>10} {:>7}", padded(evaluation, "target"),
                  "units", "mean |y|", "MAE", "MAE %", "RMSE", "bias", "R2");
  for (std::size_t p = 1; p < evaluation.predictors.size(); ++p)
    text += fmt::format(" {:>8}", evaluation.predictors[p] + " %");
  text += "\n";
  const auto variables = variables_of(evaluation);
  for (const auto& one : variables)
    if (is_target(evaluation, one))
      text += row_of(padded(evaluation, one.run.variable), one.run.units, one.errors);
  text += row_of(padded(evaluation, is_weighted(evaluation) ? "all, weighted" : "all targets"),
                 units_of_targets(evaluation), all_targets(evaluation));
  for (const auto& one : variables)
    if (!is_target(evaluation, one))
      text += row_of(padded(evaluation, one.run.variable), one.run.units, one.errors);
  if (evaluation.targets < evaluation.quantities.size())
    text += fmt::format(
        "heating rates: layers {} to {}, where both pressures are among the inputs; differences of "
        "predicted fluxes, which training minds only with --heating-rate-weight\n",
        evaluation.quantities[evaluation.targets].level, evaluation.quantities.back().level);
  return text + ends_table(evaluation) + residuals_table(evaluation) + places_table(evaluation) +
         intervals_table(evaluation);
}

}  // namespace colonnade::train
