#include "train/json_text.hpp"

#include <colonnade/train/evaluation_report.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const QuantityErrors& errors, std::size_t predictor) {
  return {{"mae", errors.mae(predictor)},
          {"mae_percent", errors.percent(predictor)},
          {"rmse", errors.rmse(predictor)},
          {"bias", errors.bias(predictor)},
          {"r2", errors.r2(predictor)}};
}

Json json_of(const QuantityErrors& errors, const std::vector<std::string>& predictors) {
  Json json{{"mean_absolute", errors.mean_absolute()}, {"truth_mean", errors.truth_mean}};
  for (std::size_t p = 0; p < predictors.size(); ++p) json[predictors[p]] = json_of(errors, p);
  return json;
}

Json json_of(const Ridge& ridge) {
  return {{"lambda", ridge.lambda},
          {"columns", ridge.columns},
          {"chosen_by", ridge.chosen_by_validation ? "validation split" : "option or default"}};
}

Json json_of(const Interval& interval) {
  return {interval.low, interval.high};
}

Json json_of(const Intervals& intervals) {
  return {{"mae", json_of(intervals.mae)},
          {"mae_percent", json_of(intervals.percent)},
          {"rmse", json_of(intervals.rmse)},
          {"bias", json_of(intervals.bias)},
          {"r2", json_of(intervals.r2)}};
}

Json json_of(const Bootstrap& bootstrap) {
  return {{"replicates", bootstrap.options.replicates},
          {"confidence", bootstrap.options.confidence},
          {"seed", bootstrap.options.seed},
          {"block_columns", bootstrap.options.block_columns},
          {"blocks", bootstrap.blocks}};
}

Json json_of(const PlaceMeans& means) {
  return {{"mae", means.mae},
          {"rmse", means.rmse},
          {"bias", means.bias},
          {"r2", means.r2},
          {"r2_percent_of_places_and_levels", means.r2_percent}};
}

Json json_of(const PairHistogram& histogram) {
  Json rows;
  constexpr auto bins = static_cast<std::ptrdiff_t>(PairHistogram::bins);
  for (auto row = histogram.counts.begin(); row != histogram.counts.end(); row += bins)
    rows.push_back(std::vector<std::uint64_t>(row, row + bins));
  return {{"low", histogram.low},
          {"high", histogram.high},
          {"counts", std::move(rows)},
          {"outside", histogram.outside}};
}

/// Errors level by level: an array for each number.
Json profile_of(const Evaluation& evaluation, const data::FeatureRun& run) {
  Json profile{{"level", Json::array()}, {"mean_pressure_pa", Json::array()}};
  for (std::size_t q = run.first; q < run.first + run.count; ++q) {
    profile["level"].push_back(evaluation.quantities[q].level);
    profile["mean_pressure_pa"].push_back(evaluation.quantity_pressure_pa[q]);
    const auto at = json_of(evaluation.errors[q], evaluation.predictors);
    for (const auto& [name, value] : at.items())
      if (value.is_object())
        for (const auto& [metric, number] : value.items()) profile[name][metric].push_back(number);
      else
        profile[name].push_back(value);
  }
  return profile;
}

Json ends_json(const Evaluation& evaluation, const Ends& ends) {
  Json json;
  for (const auto& [end, name] : {std::pair(ends.top, "top"), {ends.surface, "surface"}}) {
    json[name] = json_of(evaluation.errors[end], evaluation.predictors);
    json[name]["level"] = evaluation.quantities[end].level;
  }
  return json;
}

/// Errors of variable `v` in each class, an array for each number.
Json classes_json(const Evaluation& evaluation, std::size_t v) {
  Json json = Json::object();
  for (const auto& by : evaluation.classes)
    for (const auto& one : by.classes) {
      const auto& errors = one.variables[v];
      auto& of = json[by.property];
      of["mean_absolute"].push_back(errors.mean_absolute());
      for (std::size_t p = 0; p < evaluation.predictors.size(); ++p) {
        auto& to = of[evaluation.predictors[p]];
        to["mae"].push_back(errors.mae(p));
        to["mae_percent"].push_back(errors.percent(p));
        to["rmse"].push_back(errors.rmse(p));
        to["bias"].push_back(errors.bias(p));
      }
    }
  return json;
}

Json json_of_classes(const Evaluation& evaluation) {
  Json json = Json::object();
  for (const auto& by : evaluation.classes) {
    auto& of = json[by.property];
    of["from"] = by.feature;
    for (const auto& one : by.classes) {
      of["low"].push_back(one.low);
      of["high"].push_back(one.high);
      of["columns"].push_back(one.columns);
    }
  }
  return json;
}

Json variable_json(const Evaluation& evaluation, std::size_t v, const VariableErrors& one) {
  auto entry = json_of(one.errors, evaluation.predictors);
  entry["variable"] = one.run.variable;
  entry["units"] = one.run.units;
  entry["levels"] = one.run.count;
  const bool is_target = one.run.first < evaluation.targets;
  if (is_target) entry["weight"] = evaluation.weights[one.run.first];
  if (evaluation.bootstrap) entry["intervals"] = json_of(evaluation.bootstrap->variables[v]);
  if (is_target && evaluation.places) entry["by_place"] = json_of(evaluation.places->variables[v]);
  if (const auto ends = ends_of(evaluation, one.run); ends && is_target)
    entry["ends"] = ends_json(evaluation, *ends);
  if (evaluation.quantities[one.run.first].level >= 0)
    entry["profile"] = profile_of(evaluation, one.run);
  if (!evaluation.classes.empty()) entry["classes"] = classes_json(evaluation, v);
  if (is_target) entry["histogram"] = json_of(evaluation.histograms[v]);
  return entry;
}

/// Of the truth and of each predictor: mean size, root mean square and mean of the residuals, over
/// all layers and layer by layer.
Json json_of(const HeatingResidual& residual, const std::vector<std::string>& predictors) {
  Json json{{"target", residual.target},
            {"units", residual.units},
            {"mean_absolute_rate", residual.mean_absolute},
            {"layers", Json::array()}};
  for (const auto& layer : residual.layers) json["layers"].push_back(layer.level);
  const auto all = residual.all();
  for (std::size_t p = 0; p < predictors.size() + 1; ++p) {
    auto& to = json[p == 0 ? "truth" : predictors[p - 1]];
    to = {{"mean_absolute", all.mae(p)}, {"rms", all.rmse(p)}, {"mean", all.bias(p)}};
    for (const auto& layer : residual.errors) {
      to["profile"]["mean_absolute"].push_back(layer.mae(p));
      to["profile"]["rms"].push_back(layer.rmse(p));
      to["profile"]["mean"].push_back(layer.bias(p));
    }
  }
  return json;
}

}  // namespace

std::string json_of(const Evaluation& evaluation, const std::map<std::string, std::string>& about) {
  Json json(about);
  json["columns"] = evaluation.columns;
  json["predictors"] = evaluation.predictors;
  if (evaluation.ridge) json["ridge_fit"] = json_of(*evaluation.ridge);
  json["level_order"] = {{"top", evaluation.top_is_first ? "first" : "last"},
                         {"known_by", evaluation.order_from_pressure ? "pressures" : "default"}};
  if (evaluation.bootstrap) json["bootstrap"] = json_of(*evaluation.bootstrap);
  if (evaluation.places) json["places"] = evaluation.places->places;
  if (!evaluation.classes.empty()) json["classes"] = json_of_classes(evaluation);
  auto& all = json["all_targets"];
  all = json_of(all_targets(evaluation), evaluation.predictors);
  all["units"] = units_of_targets(evaluation);
  if (evaluation.bootstrap) all["intervals"] = json_of(evaluation.bootstrap->all_targets);
  if (evaluation.places) all["by_place"] = json_of(evaluation.places->all_targets);
  const auto variables = variables_of(evaluation);
  for (std::size_t v = 0; v < variables.size(); ++v)
    json["variables"].push_back(variable_json(evaluation, v, variables[v]));
  for (const auto& residual : evaluation.residuals)
    json["residuals"].push_back(json_of(residual, evaluation.predictors));
  for (std::size_t q = 0; q < evaluation.quantities.size(); ++q) {
    auto entry = json_of(evaluation.errors[q], evaluation.predictors);
    entry["name"] = evaluation.quantities[q].name;
    entry["units"] = evaluation.quantities[q].units;
    json["quantities"].push_back(std::move(entry));
  }
  return text_of(json) + "\n";
}

}  // namespace colonnade::train
