#include "train/json_text.hpp"

#include <colonnade/train/class_evaluation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::train {

using Json = nlohmann::ordered_json;
using Kind = data::Classes::Kind;

namespace {

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{:.4f}", value) : "-";
}

/// The name, as wide as the longest of a row.
std::string padded(const ClassEvaluation& evaluation, const std::string& name) {
  std::size_t width = 20;
  for (const auto& one : evaluation.classes.classes) width = std::max(width, one.name.size());
  return fmt::format("{:<{}}", name, width);
}

std::string row_of(const std::string& name, const std::string& support,
                   const std::string& predicted, const ClassSkill& skill) {
  return fmt::format("{} {:>9} {:>9} {:>9} {:>7} {:>7}", name, support, predicted,
                     number(skill.precision), number(skill.recall), number(skill.f1));
}

std::string classes_table(const ClassEvaluation& evaluation) {
  auto text = fmt::format("{} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7}\n",
                          padded(evaluation, "class"), "columns", "predicted", "precision",
                          "recall", "F1", "ROC AUC", "AP", "ECE");
  const auto& model = evaluation.model;
  for (std::size_t c = 0; c < model.classes; ++c)
    text += fmt::format("{} {:>7} {:>7} {:>7}\n",
                        row_of(padded(evaluation, evaluation.classes.classes[c].name),
                               std::to_string(model.support(c)), std::to_string(model.predicted(c)),
                               model.skill(c)),
                        number(evaluation.rankings[c].roc_auc),
                        number(evaluation.rankings[c].average_precision),
                        number(evaluation.calibrations[c].error()));
  const auto average = [&](const char* name, const ClassSkill& skill) {
    return row_of(padded(evaluation, name), "", "", skill);
  };
  text += fmt::format("{} {:>7} {:>7}\n", average("mean of classes", model.macro()),
                      number(mean_auc(evaluation)), number(mean_average_precision(evaluation)));
  text += average("weighted by columns", model.weighted()) + "\n";
  text += average("all decisions", model.micro()) + "\n";
  if (model.kind == Kind::many) text += average("mean of columns", model.samples) + "\n";
  return text;
}

std::string predictors_table(const ClassEvaluation& evaluation) {
  auto text = fmt::format("\n{} {:>9} {:>9} {:>9} {:>12}\n", padded(evaluation, ""), "accuracy",
                          "log loss", "mean F1", "calibration");
  const auto row = [&](const char* name, const ClassDecisions& decisions, double log_loss,
                       const std::string& calibration) {
    text += fmt::format("{} {:>9} {:>9} {:>9} {:>12}\n", padded(evaluation, name),
                        number(decisions.accuracy()), number(log_loss),
                        number(decisions.macro().f1), calibration);
  };
  row("model", evaluation.model, evaluation.log_loss, number(evaluation.calibration.error()));
  row("majority", evaluation.majority, evaluation.majority_log_loss, "-");
  if (const auto& of = evaluation.bootstrap)
    text += fmt::format(
        "{:g} % intervals: accuracy {} to {}, mean F1 {} to {} ({} replicates of {} blocks of {} "
        "raw columns)\n",
        100 * of->options.confidence, number(of->accuracy.low), number(of->accuracy.high),
        number(of->macro_f1.low), number(of->macro_f1.high), of->options.replicates, of->blocks,
        of->options.block_columns);
  return text;
}

std::string confusion_table(const ClassEvaluation& evaluation) {
  constexpr std::size_t most_classes = 20;
  const auto& model = evaluation.model;
  if (model.kind == Kind::many || model.classes > most_classes) return "";
  auto text = "\n" + padded(evaluation, "truth, as predicted:");
  for (const auto& one : evaluation.classes.classes) text += fmt::format(" {:>9.9}", one.name);
  for (std::size_t c = 0; c < model.classes; ++c) {
    text += "\n" + padded(evaluation, evaluation.classes.classes[c].name);
    for (std::size_t p = 0; p < model.classes; ++p)
      text += fmt::format(" {:>9}", model.confusion[c * model.classes + p]);
  }
  return text + "\n";
}

Json json_of(const ClassSkill& skill) {
  return {{"precision", skill.precision}, {"recall", skill.recall}, {"f1", skill.f1}};
}

/// As scikit-learn has it: one of many (truth, prediction), many one 2 x 2 of these a class.
Json confusion_json(const ClassDecisions& decisions) {
  Json rows = Json::array();
  const std::size_t width = decisions.kind == Kind::one ? decisions.classes : 2;
  for (auto at = decisions.confusion.begin(); at != decisions.confusion.end();
       at += static_cast<std::ptrdiff_t>(width))
    rows.push_back(std::vector<std::uint64_t>(at, at + static_cast<std::ptrdiff_t>(width)));
  if (decisions.kind == Kind::one) return rows;
  Json labels = Json::array();
  for (std::size_t c = 0; c < decisions.classes; ++c)
    labels.push_back({rows[2 * c], rows[2 * c + 1]});
  return labels;
}

Json json_of(const ClassDecisions& decisions, double log_loss) {
  Json json{
      {"accuracy", decisions.accuracy()},         {"log_loss", log_loss},
      {"hamming_loss", decisions.hamming_loss()}, {"micro", json_of(decisions.micro())},
      {"macro", json_of(decisions.macro())},      {"weighted", json_of(decisions.weighted())}};
  if (decisions.kind == Kind::many) {
    json["samples"] = json_of(decisions.samples);
    json["hamming_loss"] = decisions.hamming_loss();
  }
  json["confusion"] = confusion_json(decisions);
  return json;
}

Json json_of(const Calibration& calibration) {
  Json json{{"expected_calibration_error", calibration.error()},
            {"mean_predicted", Json::array()},
            {"observed", Json::array()},
            {"count", calibration.count}};
  for (std::size_t bin = 0; bin < Calibration::bins; ++bin) {
    json["mean_predicted"].push_back(calibration.mean_predicted(bin));
    json["observed"].push_back(calibration.observed(bin));
  }
  return json;
}

Json class_json(const ClassEvaluation& evaluation, std::size_t c) {
  Json json{{"class", evaluation.classes.classes[c].name},
            {"support", evaluation.model.support(c)},
            {"predicted", evaluation.model.predicted(c)},
            {"train_frequency", evaluation.frequencies[c]}};
  json.update(json_of(evaluation.model.skill(c)));
  const auto& ranking = evaluation.rankings[c];
  json["roc_auc"] = ranking.roc_auc;
  json["roc_auc_resolution"] = ranking.resolution;
  json["average_precision"] = ranking.average_precision;
  json["roc"] = {{"false_positive_rate", ranking.false_positive_rate},
                 {"true_positive_rate", ranking.true_positive_rate}};
  json["calibration"] = json_of(evaluation.calibrations[c]);
  return json;
}

}  // namespace

std::string table_of(const ClassEvaluation& evaluation) {
  return classes_table(evaluation) + predictors_table(evaluation) + confusion_table(evaluation);
}

std::string json_of(const ClassEvaluation& evaluation,
                    const std::map<std::string, std::string>& about) {
  Json json(about);
  json["columns"] = evaluation.columns;
  json["kind"] = evaluation.classes.kind == Kind::one ? "one" : "many";
  if (evaluation.classes.kind == Kind::many) json["threshold"] = evaluation.threshold;
  for (const auto& one : evaluation.classes.classes) json["classes"].push_back(one.name);
  json["predictors"] = {"model", "majority"};
  auto& model = json["all_classes"]["model"];
  model = json_of(evaluation.model, evaluation.log_loss);
  model["roc_auc"] = mean_auc(evaluation);
  model["average_precision"] = mean_average_precision(evaluation);
  model["calibration"] = json_of(evaluation.calibration);
  if (const auto& of = evaluation.bootstrap) {
    model["intervals"] = {{"accuracy", {of->accuracy.low, of->accuracy.high}},
                          {"macro_f1", {of->macro_f1.low, of->macro_f1.high}}};
    json["bootstrap"] = {{"replicates", of->options.replicates},
                         {"confidence", of->options.confidence},
                         {"seed", of->options.seed},
                         {"block_columns", of->options.block_columns},
                         {"blocks", of->blocks}};
  }
  json["all_classes"]["majority"] = json_of(evaluation.majority, evaluation.majority_log_loss);
  json["ranking_bins"] = evaluation.bins;
  for (std::size_t c = 0; c < evaluation.classes.classes.size(); ++c)
    json["by_class"].push_back(class_json(evaluation, c));
  return text_of(json) + "\n";
}

}  // namespace colonnade::train
