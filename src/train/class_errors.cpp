#include <colonnade/train/class_errors.hpp>
#include <colonnade/train/keyed_rows.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace colonnade::train {

namespace {

constexpr std::int64_t class_count = 11;
constexpr double least = 0.001;

constexpr std::array<std::string_view, 5> sun_names{"cos_solar_zenith_angle", "mu0", "cosz",
                                                    "coszen", "pbuf_COSZRS"};
constexpr std::array<std::string_view, 3> cover_names{"cloud_cover", "total_cloud_cover", "tcc"};

/// Sums of a predictor's errors, in a row after those of the truth.
enum Field : std::size_t { squared, absolute, plain, fields };

std::int64_t class_of(double value) {
  if (value < least) return 0;
  return 1 + std::min<std::int64_t>(class_count - 2, static_cast<std::int64_t>(value * 10));
}

/// Scalar inputs of these names; the first one if there are several.
InputSubset scalar_of(const data::Recipe& recipe, std::span<const std::string_view> names) {
  std::string found;
  const auto matches = [&](const data::Feature& feature) {
    return feature.level < 0 &&
           std::find(names.begin(), names.end(), feature.variable) != names.end();
  };
  return {recipe, [&](const data::Feature& feature) {
            if (!matches(feature) || !found.empty()) return false;
            found = feature.variable;
            return true;
          }};
}

InputSubset cover_of(const data::Recipe& recipe) {
  auto scalar = scalar_of(recipe, cover_names);
  if (!scalar.features().empty()) return scalar;
  return {recipe, [](const data::Feature& feature) {
            return feature.variable == "cloud_fraction" && feature.level >= 0;
          }};
}

}  // namespace

double cloud_cover(std::span<const float> fractions) {
  double clear = 1.0, above = 0.0;
  for (const float fraction : fractions) {
    const double cloud = std::clamp(static_cast<double>(fraction), 0.0, 1.0);
    if (above >= 1.0) return 1.0;
    clear *= (1.0 - std::max(cloud, above)) / (1.0 - above);
    above = cloud;
  }
  return 1.0 - clear;
}

ClassSums::ClassSums(const mpi::Communicator& comm, const data::Recipe& recipe,
                     std::vector<data::FeatureRun> variables, std::size_t predictors)
    : variables_(std::move(variables)), predictors_(predictors) {
  const auto add = [&](const char* name, InputSubset inputs) {
    if (!inputs.features().empty())
      properties_.push_back(
          {name, std::move(inputs), mpi::KeyedFold(comm, class_count, width(), add_row)});
  };
  add("cos_solar_zenith_angle", scalar_of(recipe, sun_names));
  add("cloud_cover", cover_of(recipe));
}

std::size_t ClassSums::width() const {
  return 1 + variables_.size() * (1 + predictors_ * fields);
}

void ClassSums::add_round(std::span<const float> x, std::span<const float> truth,
                          std::span<const std::vector<float>> predictions) {
  const std::size_t quantities = variables_.back().first + variables_.back().count;
  for (auto& property : properties_) {
    const auto values = property.inputs.decoded(x);
    const std::size_t of_column = property.inputs.features().size();
    std::vector<std::int64_t> keys;
    for (std::size_t at = 0; at < values.size(); at += of_column)
      keys.push_back(class_of(
          of_column == 1 ? static_cast<double>(values[at])
                         : cloud_cover(std::span<const float>(values).subspan(at, of_column))));
    KeyedRows rows(keys, width());
    for (std::size_t c = 0; c < keys.size(); ++c) {
      auto row = rows.of_column(c);
      row.front() += 1.0;
      row = row.subspan(1);
      for (const auto& run : variables_) {
        const std::size_t first = c * quantities + run.first;
        for (std::size_t at = first; at < first + run.count; ++at)
          row.front() += std::abs(static_cast<double>(truth[at]));
        row = row.subspan(1);
        for (const auto& prediction : predictions) {
          for (std::size_t at = first; at < first + run.count; ++at) {
            const double error =
                static_cast<double>(prediction[at]) - static_cast<double>(truth[at]);
            row[squared] += error * error;
            row[absolute] += std::abs(error);
            row[plain] += error;
          }
          row = row.subspan(fields);
        }
      }
    }
    property.fold.add_round(rows.keys(), rows.rows());
  }
}

std::vector<ClassErrors> ClassSums::result() const {
  std::vector<ClassErrors> errors;
  for (const auto& property : properties_) {
    errors.push_back({property.name, property.inputs.features().front().variable, {}});
    const auto states = property.fold.result();
    auto row = std::span<const double>(states);
    for (std::int64_t c = 0; c < class_count; ++c) {
      ColumnClass one{.low = c == 0   ? 0.0
                             : c == 1 ? least
                                      : static_cast<double>(c - 1) / 10,
                      .high = c == 0 ? least : static_cast<double>(c) / 10,
                      .columns = static_cast<std::int64_t>(row.front()),
                      .variables = {}};
      row = row.subspan(1);
      for (const auto& run : variables_) {
        QuantityErrors of{
            .count = static_cast<double>(one.columns) * static_cast<double>(run.count),
            .truth_absolute = row.front(),
            .predictors = {}};
        row = row.subspan(1);
        for (std::size_t p = 0; p < predictors_; ++p, row = row.subspan(fields))
          of.predictors.push_back({row[squared], row[absolute], row[plain]});
        one.variables.push_back(std::move(of));
      }
      errors.back().classes.push_back(std::move(one));
    }
  }
  return errors;
}

}  // namespace colonnade::train
