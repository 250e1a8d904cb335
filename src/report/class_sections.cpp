#include "report/sections.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::report {

using nlohmann::json;

namespace {

/// More would be a page of pictures that nobody looks at.
constexpr std::size_t most_pictures = 24, most_matrix = 20;

const json& all_of(const RunRecord& run, const char* predictor) {
  return run.evaluation.at("all_classes").at(predictor);
}

bool is_one(const RunRecord& run) {
  return run.evaluation.value("kind", "") == "one";
}

std::string count_of(const json& of, const char* key) {
  return std::to_string(of.at(key).get<std::uint64_t>());
}

std::vector<std::string> average_row(const char* name, const json& skill) {
  return {name,
          "",
          "",
          digits(number_of(skill, "precision")),
          digits(number_of(skill, "recall")),
          digits(number_of(skill, "f1")),
          "",
          "",
          ""};
}

Table class_table(const RunRecord& run) {
  Table table{{"class", "columns", "predicted", "precision", "recall", "F1", "ROC AUC", "AP",
               "calibration"},
              {}};
  for (const auto& of : run.evaluation.at("by_class"))
    table.rows.push_back({of.at("class").get<std::string>(), count_of(of, "support"),
                          count_of(of, "predicted"), digits(number_of(of, "precision")),
                          digits(number_of(of, "recall")), digits(number_of(of, "f1")),
                          digits(number_of(of, "roc_auc")),
                          digits(number_of(of, "average_precision")),
                          digits(number_of(of.at("calibration"), "expected_calibration_error"))});
  const json& model = all_of(run, "model");
  table.rows.push_back(average_row("mean of classes", model.at("macro")));
  table.rows.back()[6] = digits(number_of(model, "roc_auc"));
  table.rows.back()[7] = digits(number_of(model, "average_precision"));
  table.rows.push_back(average_row("weighted by columns", model.at("weighted")));
  table.rows.push_back(average_row("all decisions", model.at("micro")));
  if (!is_one(run)) table.rows.push_back(average_row("mean of columns", model.at("samples")));
  return table;
}

std::string with_interval(double value, const json& of, const char* name) {
  const auto bounds = numbers_of(member(of, "intervals"), name);
  return bounds.size() == 2
             ? fmt::format("{}\n{} to {}", digits(value), digits(bounds[0]), digits(bounds[1]))
             : digits(value);
}

std::vector<std::string> predictor_row(const std::string& name, const json& of) {
  return {name, with_interval(number_of(of, "accuracy"), of, "accuracy"),
          digits(number_of(of, "log_loss")),
          with_interval(number_of(of.at("macro"), "f1"), of, "macro_f1")};
}

/// The runs, and the majority of the first one's training split.
Table predictors_table(Runs runs) {
  Table table{{"predictor", "accuracy", "log loss", "mean F1"}, {}};
  for (const auto& run : runs)
    table.rows.push_back(predictor_row(runs.size() > 1 ? run.name : "model", all_of(run, "model")));
  table.rows.push_back(predictor_row("majority", all_of(runs.front(), "majority")));
  return table;
}

/// The confusion matrix's rows, of one class of many.
std::vector<std::vector<double>> matrix_of(const RunRecord& run) {
  std::vector<std::vector<double>> matrix;
  const json& rows = all_of(run, "model").at("confusion");
  for (const auto& row : rows) {
    matrix.push_back(row.get<std::vector<double>>());
    if (matrix.back().size() != rows.size())
      throw base::Error(base::ErrorKind::data, "the confusion matrix is not a square",
                        {.file = run.evaluation_path, .hint = "run evaluate again, with --force"});
  }
  return matrix;
}

Plot matrix_plot(const RunRecord& run, bool names_run) {
  const auto matrix = matrix_of(run);
  const double high = static_cast<double>(matrix.size()) - 0.5;
  CountGrid grid{.x_low = -0.5,
                 .x_high = high,
                 .y_low = -0.5,
                 .y_high = high,
                 .x_cells = matrix.size(),
                 .counts = {}};
  for (const auto& row : matrix) grid.counts.insert(grid.counts.end(), row.begin(), row.end());
  const double step = std::ceil(static_cast<double>(matrix.size()) / 10.0);
  return {.title = names_run ? "Confusion, " + run.name : "Confusion",
          .x = {.label = "prediction, number of the class", .step = step},
          .y = {.label = "truth, number of the class", .step = step},
          .series = {{.title = "", .ink = Ink::reference, .x = {-0.5, high}, .y = {-0.5, high}}},
          .grid = std::move(grid)};
}

Table matrix_table(const RunRecord& run) {
  Table table{{"truth, as predicted"}, {}};
  const auto matrix = matrix_of(run);
  for (std::size_t c = 0; c < matrix.size(); ++c) {
    const auto name = run.evaluation.at("by_class").at(c).at("class").get<std::string>();
    table.head.push_back(name);
    table.rows.push_back({fmt::format("{} {}", c, name)});
    for (const double count : matrix[c]) table.rows.back().push_back(fmt::format("{}", count));
  }
  return table;
}

/// Of each class the columns in which truth and prediction are no or yes.
Table pairs_table(const RunRecord& run) {
  Table table{{"class", "hits", "false alarms", "missed", "rightly not"}, {}};
  const json& confusion = all_of(run, "model").at("confusion");
  for (std::size_t c = 0; c < confusion.size(); ++c) {
    const auto at = [&](std::size_t truth, std::size_t predicted) {
      return std::to_string(confusion.at(c).at(truth).at(predicted).get<std::uint64_t>());
    };
    table.rows.push_back({run.evaluation.at("by_class").at(c).at("class").get<std::string>(),
                          at(1, 1), at(0, 1), at(1, 0), at(0, 0)});
  }
  return table;
}

/// A square from 0 to 1 with its diagonal.
Plot unit_plot(const std::string& title, const char* x, const char* y, std::size_t runs) {
  return {.title = title,
          .x = {.label = x, .low = 0.0, .high = 1.0},
          .y = {.label = y, .low = 0.0, .high = 1.0},
          .series = {{.title = "",
                      .ink = Ink::reference,
                      .look = Look::dashes,
                      .x = {0.0, 1.0},
                      .y = {0.0, 1.0}}},
          .has_key = runs > 1};
}

/// A picture for each class, with a curve for each run that has it; `curve` finds its points.
template <typename Curve>
void add_curves(Section& section, Runs runs, const char* x, const char* y, Curve curve) {
  const json& classes = runs.front().evaluation.at("by_class");
  for (std::size_t c = 0; c < std::min(classes.size(), most_pictures); ++c) {
    auto plot = unit_plot(classes.at(c).at("class").get<std::string>(), x, y, runs.size());
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const json& of = runs[r].evaluation.at("by_class");
      if (c >= of.size()) continue;
      auto [along, up] = curve(of.at(c));
      plot.series.push_back({.title = runs[r].name,
                             .ink = ink_of_run(r),
                             .look = along.size() < 30 ? Look::marks : Look::line,
                             .x = std::move(along),
                             .y = std::move(up)});
    }
    section.plots.push_back(std::move(plot));
  }
}

std::pair<std::vector<double>, std::vector<double>> calibration_of(const json& of) {
  const json& calibration = of.at("calibration");
  return {numbers_of(calibration, "mean_predicted"), numbers_of(calibration, "observed")};
}

}  // namespace

bool tells_classes(const RunRecord& run) {
  return run.evaluation.contains("all_classes");
}

std::vector<Figure> class_figures(const RunRecord& run) {
  const json &model = all_of(run, "model"), &majority = all_of(run, "majority");
  return {
      {is_one(run) ? "accuracy" : "accuracy, all classes of a column",
       digits(number_of(model, "accuracy")), "majority " + digits(number_of(majority, "accuracy"))},
      {"F1, mean of classes", digits(number_of(model.at("macro"), "f1")),
       "majority " + digits(number_of(majority.at("macro"), "f1"))}};
}

Section class_skill_section(Runs runs) {
  Section section{
      "Skill",
      "Precision, recall and F1 of each class; the area under its ROC curve and the average "
      "precision, against all other columns; the mean distance of predicted and observed "
      "frequency. Below accuracy and mean F1 their confidence interval, from a bootstrap over "
      "blocks "
      "of neighbouring columns. The majority knows only how frequent the classes are in the "
      "training split."};
  section.tables.push_back(predictors_table(runs));
  for (const auto& run : runs) {
    section.tables.push_back(class_table(run));
    if (runs.size() > 1) section.tables.back().head.front() = run.name;
  }
  return section;
}

Section confusion_section(Runs runs) {
  Section section{"Confusion",
                  "Columns by truth and prediction; colours from blue (one column) to red (most), "
                  "on a logarithmic scale. On the line the prediction is right."};
  for (const auto& run : runs) {
    if (is_one(run)) section.plots.push_back(matrix_plot(run, runs.size() > 1));
    if (is_one(run) && run.evaluation.at("by_class").size() > most_matrix) continue;
    section.tables.push_back(is_one(run) ? matrix_table(run) : pairs_table(run));
    if (runs.size() > 1) section.tables.back().head.front() = run.name;
  }
  return section;
}

Section calibration_section(Runs runs) {
  Section section{"Calibration",
                  "How often a class is there that has been given a probability, in bins of the "
                  "probability; on the line as often as said. First the predicted class, where one "
                  "is true, or all classes together."};
  auto all = unit_plot("all", "predicted", "observed", runs.size());
  for (std::size_t r = 0; r < runs.size(); ++r) {
    auto [predicted, observed] = calibration_of(all_of(runs[r], "model"));
    all.series.push_back({.title = runs[r].name,
                          .ink = ink_of_run(r),
                          .look = Look::marks,
                          .x = std::move(predicted),
                          .y = std::move(observed)});
  }
  section.plots.push_back(std::move(all));
  add_curves(section, runs, "predicted", "observed", calibration_of);
  return section;
}

Section roc_section(Runs runs) {
  Section section{"ROC curves",
                  "Of the columns of a class those found, against those of the others that are "
                  "taken for it, as the threshold falls."};
  add_curves(section, runs, "false positives", "true positives", [](const json& of) {
    const json& curve = of.at("roc");
    return std::pair(numbers_of(curve, "false_positive_rate"),
                     numbers_of(curve, "true_positive_rate"));
  });
  return section;
}

}  // namespace colonnade::report
