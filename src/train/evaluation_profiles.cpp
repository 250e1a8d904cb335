#include <colonnade/io/hdf5.hpp>
#include <colonnade/train/evaluation_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace colonnade::train {

using io::Dimension;
using io::Hdf5File;

namespace {

using Metric = double (QuantityErrors::*)(std::size_t) const;

struct NamedMetric {
  const char* suffix;
  const char* long_name;
  const char* units;  ///< nullptr: the quantity's own
  Metric value;
};

constexpr std::array<NamedMetric, 5> metrics{
    {{"mae", "mean absolute error", nullptr, &QuantityErrors::mae},
     {"mae_percent", "mean absolute error in percent of the mean absolute truth", "%",
      &QuantityErrors::percent},
     {"rmse", "root mean square error", nullptr, &QuantityErrors::rmse},
     {"bias", "mean of prediction minus truth", nullptr, &QuantityErrors::bias},
     {"r2", "1 - squared errors / squared deviations of the truth", "1", &QuantityErrors::r2}}};

/// The name of the vertical of a variable: that of the raw files, "level" for what is derived.
std::string vertical_of(const std::string& variable, const data::Recipe& recipe) {
  const auto raw = std::find_if(recipe.targets.begin(), recipe.targets.end(),
                                [&](const auto& target) { return target.name == variable; });
  if (raw == recipe.targets.end()) return "level";
  const bool is_named = raw->dimensions.size() == 1 && !raw->dimensions.front().empty();
  return is_named ? raw->dimensions.front() : variable + "_level";
}

class ProfileFile {
 public:
  ProfileFile(const std::string& path, const Evaluation& evaluation)
      : file_(Hdf5File::create(path)),
        evaluation_(evaluation),
        predictors_{"predictor", static_cast<std::int64_t>(evaluation.predictors.size())} {
    file_.write_texts("predictor", predictors_, evaluation.predictors);
  }

  /// Writes the levels of a vertical as its coordinate, once; a vertical of that name with other
  /// levels gives the variable one of its own.
  Dimension vertical(std::string name, const data::FeatureRun& run) {
    std::vector<std::int64_t> levels;
    for (std::size_t q = run.first; q < run.first + run.count; ++q)
      levels.push_back(evaluation_.quantities[q].level);
    if (file_.has(name) && file_.read_all<std::int64_t>(name) != levels)
      name = run.variable + "_level";
    Dimension dimension{name, static_cast<std::int64_t>(run.count)};
    if (file_.has(name)) return dimension;
    file_.write_all<std::int64_t>(name, {dimension}, levels);
    file_.set_attribute(name, "long_name", "index along the vertical, from 0");
    return dimension;
  }

  void write(const std::string& name, const std::vector<Dimension>& dimensions,
             const std::vector<double>& values, const std::string& long_name,
             const std::string& units) {
    file_.write_all<double>(name, dimensions, values);
    file_.set_attribute(name, "long_name", long_name);
    file_.set_attribute(name, "units", units);
  }

  void write_run(const data::FeatureRun& run, const Dimension& levels) {
    const auto errors = std::span(evaluation_.errors).subspan(run.first, run.count);
    std::vector<double> values;
    for (const auto& one : errors) values.push_back(one.mean_absolute());
    write(run.variable + "_mean_absolute", {levels}, values, "mean absolute truth", run.units);
    for (const auto& metric : metrics) {
      values.clear();
      for (std::size_t p = 0; p < evaluation_.predictors.size(); ++p)
        for (const auto& one : errors) values.push_back((one.*metric.value)(p));
      write(run.variable + "_" + metric.suffix, {predictors_, levels}, values, metric.long_name,
            metric.units == nullptr ? run.units : metric.units);
    }
  }

  void write_pressure(const std::string& vertical_name, const data::FeatureRun& run) {
    if (evaluation_.pressures.size() != run.count || file_.has("mean_pressure")) return;
    write("mean_pressure", {vertical(vertical_name, run)}, evaluation_.mean_pressure_pa,
          "mean pressure on half levels", "Pa");
  }

  Hdf5File& file() { return file_; }

 private:
  Hdf5File file_;
  const Evaluation& evaluation_;
  Dimension predictors_;
};

}  // namespace

void write_profiles(const std::string& path, const Evaluation& evaluation,
                    const data::Recipe& recipe, const std::map<std::string, std::string>& about) {
  ProfileFile profiles(path, evaluation);
  for (const auto& run : data::runs_of(evaluation.quantities)) {
    if (evaluation.quantities[run.first].level < 0) continue;
    const auto name = vertical_of(run.variable, recipe);
    profiles.write_run(run, profiles.vertical(name, run));
    if (run.first < evaluation.targets) profiles.write_pressure(name, run);
  }
  auto& file = profiles.file();
  file.set_attribute("", "Conventions", "CF-1.8");
  file.set_attribute("", "title", "errors of an emulator level by level");
  for (const auto& [name, text] : about) file.set_attribute("", name, text);
  file.close();
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
                   evaluation.quantity_pressure_pa[q], quantity.units, errors.mean_absolute());
    for (std::size_t p = 0; p < evaluation.predictors.size(); ++p)
      fmt::format_to(out, ",{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}", errors.mae(p), errors.percent(p),
                     errors.rmse(p), errors.bias(p), errors.r2(p));
    text += "\n";
  }
  return text;
}

}  // namespace colonnade::train
