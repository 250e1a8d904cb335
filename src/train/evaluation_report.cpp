#include <colonnade/train/evaluation_report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace colonnade::train {

namespace {

using Json = nlohmann::ordered_json;

std::string percent(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "-";
}

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "-";
}

std::string row_of(const std::string& name, const std::string& units,
                   const QuantityErrors& errors) {
  auto row =
      fmt::format("{:<20} {:<8} {:>9} {:>9} {:>7} {:>9} {:>10} {:>7}", name, units,
                  number(errors.mean_absolute()), number(errors.mae(0)), percent(errors.percent(0)),
                  number(errors.rmse(0)), number(errors.bias(0)), number(errors.r2(0)));
  for (std::size_t p = 1; p < errors.predictors.size(); ++p)
    row += fmt::format(" {:>8}", percent(errors.percent(p)));
  return row + "\n";
}

/// The units of all targets where they share them.
std::string units_of_targets(const Evaluation& evaluation) {
  const auto end = evaluation.quantities.begin() + static_cast<std::ptrdiff_t>(evaluation.targets);
  const auto& first = evaluation.quantities.front().units;
  const bool shared = std::all_of(evaluation.quantities.begin(), end,
                                  [&](const auto& quantity) { return quantity.units == first; });
  return shared ? first : "mixed";
}

Json json_of_errors(const QuantityErrors& errors, const std::vector<std::string>& predictors) {
  Json json{{"mean_absolute", errors.mean_absolute()}, {"mean", errors.truth_mean}};
  for (std::size_t p = 0; p < predictors.size(); ++p)
    json[predictors[p]] = {{"mae", errors.mae(p)},
                           {"mae_percent", errors.percent(p)},
                           {"rmse", errors.rmse(p)},
                           {"bias", errors.bias(p)},
                           {"r2", errors.r2(p)}};
  return json;
}

Json json_of_ridge(const Ridge& ridge) {
  return {{"lambda", ridge.lambda},
          {"columns", ridge.columns},
          {"chosen_by", ridge.chosen_by_validation ? "validation split" : "option or default"}};
}

/// Mean pressure by level, NaN where it is not known.
double mean_pressure_pa(const Evaluation& evaluation, const data::Feature& quantity) {
  const auto at = [&](std::int64_t level) {
    for (std::size_t i = 0; i < evaluation.pressures.size(); ++i)
      if (evaluation.pressures[i].level == level) return evaluation.mean_pressure_pa[i];
    return std::nan("");
  };
  const bool is_layer =
      std::none_of(evaluation.quantities.begin(),
                   evaluation.quantities.begin() + static_cast<std::ptrdiff_t>(evaluation.targets),
                   [&](const auto& target) { return target.variable == quantity.variable; });
  return is_layer ? (at(quantity.level) + at(quantity.level + 1)) / 2 : at(quantity.level);
}

}  // namespace

std::string table_of(const Evaluation& evaluation) {
  auto text = fmt::format("{:<20} {:<8} {:>9} {:>9} {:>7} {:>9} {:>10} {:>7}", "target", "units",
                          "mean |y|", "MAE", "MAE %", "RMSE", "bias", "R2");
  for (std::size_t p = 1; p < evaluation.predictors.size(); ++p)
    text += fmt::format(" {:>8}", evaluation.predictors[p] + " %");
  text += "\n";
  const auto variables = variables_of(evaluation);
  const auto is_target = [&](const auto& one) { return one.run.first < evaluation.targets; };
  for (const auto& one : variables)
    if (is_target(one)) text += row_of(one.run.variable, one.run.units, one.errors);
  text += row_of("all targets", units_of_targets(evaluation), all_targets(evaluation));
  for (const auto& one : variables)
    if (!is_target(one)) text += row_of(one.run.variable, one.run.units, one.errors);
  if (evaluation.targets < evaluation.quantities.size())
    text += fmt::format(
        "heating rates: layers {} to {}, where both pressures are among the inputs; differences of "
        "predicted fluxes, which the loss does not see\n",
        evaluation.quantities[evaluation.targets].level, evaluation.quantities.back().level);
  return text;
}

std::string json_of(const Evaluation& evaluation, const std::map<std::string, std::string>& about) {
  Json json(about);
  json["columns"] = evaluation.columns;
  json["predictors"] = evaluation.predictors;
  if (evaluation.ridge) json["ridge_fit"] = json_of_ridge(*evaluation.ridge);
  json["all_targets"] = json_of_errors(all_targets(evaluation), evaluation.predictors);
  json["all_targets"]["units"] = units_of_targets(evaluation);
  for (const auto& one : variables_of(evaluation)) {
    auto entry = json_of_errors(one.errors, evaluation.predictors);
    entry["variable"] = one.run.variable;
    entry["units"] = one.run.units;
    entry["levels"] = one.run.count;
    json["variables"].push_back(std::move(entry));
  }
  for (std::size_t q = 0; q < evaluation.quantities.size(); ++q) {
    auto entry = json_of_errors(evaluation.errors[q], evaluation.predictors);
    entry["name"] = evaluation.quantities[q].name;
    entry["units"] = evaluation.quantities[q].units;
    json["quantities"].push_back(std::move(entry));
  }
  return json.dump(1) + "\n";
}

std::string profiles_csv(const Evaluation& evaluation) {
  std::string text = "variable,level,mean_pressure_pa,units,mean_absolute";
  auto out = std::back_inserter(text);
  for (const auto& name : evaluation.predictors)
    for (const char* metric : {"mae", "mae_percent", "rmse", "bias", "r2"})
      fmt::format_to(out, ",{}_{}", name, metric);
  text += "\n";
  for (std::size_t q = 0; q < evaluation.quantities.size(); ++q) {
    const auto& quantity = evaluation.quantities[q];
    if (quantity.level < 0) continue;
    const auto& errors = evaluation.errors[q];
    fmt::format_to(out, "{},{},{:.9g},{},{:.9g}", quantity.variable, quantity.level,
                   mean_pressure_pa(evaluation, quantity), quantity.units, errors.mean_absolute());
    for (std::size_t p = 0; p < evaluation.predictors.size(); ++p)
      fmt::format_to(out, ",{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}", errors.mae(p), errors.percent(p),
                     errors.rmse(p), errors.bias(p), errors.r2(p));
    text += "\n";
  }
  return text;
}

}  // namespace colonnade::train
