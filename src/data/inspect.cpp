#include "data/piece_reader.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/inspect.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace colonnade::data {

namespace {

/// "lev 20" where the dimension has a name, else "20".
std::string dimension_text(const io::VariableInfo& variable, std::size_t axis) {
  const auto& name = variable.dimensions[axis];
  return name.empty() ? fmt::format("{}", variable.shape[axis])
                      : fmt::format("{} {}", name, variable.shape[axis]);
}

std::string text_of(const io::VariableInfo& variable) {
  std::vector<std::string> dimensions;
  for (std::size_t axis = 0; axis < variable.shape.size(); ++axis)
    dimensions.push_back(dimension_text(variable, axis));
  return fmt::format("{} ({})", variable.name, fmt::join(dimensions, ", "));
}

/// As RawSet::scan takes them: a file that names no dimensions has the columns first.
bool holds_columns(const io::VariableInfo& variable, const std::string& column_dim) {
  const auto& names = variable.dimensions;
  return !variable.shape.empty() &&
         (names.front() == column_dim ||
          std::all_of(names.begin(), names.end(), [](const auto& name) { return name.empty(); }));
}

bool has_sample_dim(const io::VariableInfo& variable, const std::vector<std::string>& dims) {
  return std::any_of(dims.begin(), dims.end(), [&](const std::string& dim) {
    const auto& names = variable.dimensions;
    return std::find(names.begin(), names.end(), dim) != names.end();
  });
}

/// `wanted` names what holds() asks for, `hint` the option that does.
template <typename Holds>
ColumnVariables sort_variables(const std::string& path, Holds holds, const std::string& wanted,
                               const char* sentence, const char* option) {
  ColumnVariables found;
  std::set<std::string> dimensions;
  const auto file = io::describe(path);
  for (const auto& variable : file.variables) {
    if (variable.type != io::VariableInfo::Type::number) continue;
    if (holds(variable))
      found.names.push_back(variable.name);
    else
      found.others.push_back(text_of(variable));
    for (std::size_t axis = 0; axis < variable.shape.size(); ++axis)
      dimensions.insert(dimension_text(variable, axis));
  }
  if (found.names.empty())
    throw base::Error(
        base::ErrorKind::data, sentence,
        {.file = path,
         .value = wanted,
         .hint = fmt::format(
             "name the dimension with {}; the file has {}", option,
             dimensions.empty() ? "none" : fmt::format("{}", fmt::join(dimensions, ", ")))});
  return found;
}

/// **Collective.** What the root finds.
template <typename Find>
ColumnVariables found_on_root(const mpi::Communicator& comm, Find find) {
  std::string packed;
  mpi::agreed_on_root(comm, "scan", [&] {
    const ColumnVariables found = find();
    packed = nlohmann::json{found.names, found.others}.dump();
  });
  const auto json = nlohmann::json::parse(comm.broadcast(packed));
  return {json.at(0), json.at(1)};
}

}  // namespace

ColumnVariables column_variables(const mpi::Communicator& comm, const std::string& path,
                                 const std::string& column_dim) {
  return found_on_root(comm, [&] {
    return sort_variables(
        path, [&](const auto& variable) { return holds_columns(variable, column_dim); }, column_dim,
        "no numeric variable has the column dimension first", "--column-dim");
  });
}

ColumnVariables sample_variables(const mpi::Communicator& comm, const std::string& path,
                                 const SourceForm& form) {
  auto dims = form.sample_dims;
  dims.insert(dims.end(), form.mean_over.begin(), form.mean_over.end());
  return found_on_root(comm, [&] {
    return sort_variables(
        path, [&](const auto& variable) { return has_sample_dim(variable, dims); },
        fmt::format("{}", fmt::join(dims, ",")),
        "no numeric variable has any of the sample dimensions",
        "--sample-dims, or variables with --variables");
  });
}

RawSurvey survey(const mpi::Communicator& comm, RawSet set, const base::ProgressSink& progress) {
  RawSurvey result;
  result.set = std::move(set);
  result.features = features_of(result.set.variables);
  ArrayRecipe all;
  for (std::int64_t place = 0; place < result.set.width(); ++place) all.places.push_back(place);
  all.encoding.features = result.features;
  all.encoding.transforms.resize(result.features.size());
  const ColumnOrder order(result.set.columns(), {}, std::nullopt);
  Moments moments(comm, result.features.size());
  PieceReader reader(comm, result.set, {MissingPolicy::Kind::keep, 0.0F},
                     result.set.variables.size());
  for (std::int64_t round = 0; round < reader.rounds(); ++round) {
    reader.read(round, order);
    moments.add_round(reader.rows_of(all), reader.in_range({0, result.set.columns()}),
                      reader.has_piece());
    progress("inspect", std::min(result.set.columns(), (round + 1) * reader.round_columns()),
             result.set.columns());
  }
  result.statistics = moments.result();
  return result;
}

std::vector<std::int64_t> prime_factors(std::int64_t number) {
  std::vector<std::int64_t> factors;
  for (std::int64_t factor = 2; factor * factor <= number; ++factor)
    for (; number % factor == 0; number /= factor) factors.push_back(factor);
  if (number > 1) factors.push_back(number);
  return factors;
}

std::vector<std::int64_t> divisors(std::int64_t number) {
  std::vector<std::int64_t> found;
  for (std::int64_t divisor = 1; divisor * divisor <= number; ++divisor) {
    if (number % divisor != 0) continue;
    found.push_back(divisor);
    if (divisor != number / divisor) found.push_back(number / divisor);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace colonnade::data
