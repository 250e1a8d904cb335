#include "data/piece_reader.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/inspect.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <optional>
#include <sstream>

namespace colonnade::data {

std::vector<std::string> column_variables(const mpi::Communicator& comm, const std::string& path,
                                          const std::string& column_dim) {
  std::string joined;
  mpi::agreed_on_root(comm, "scan", [&] {
    for (const auto& variable : io::describe(path).variables)
      if (variable.type == io::VariableInfo::Type::number && !variable.shape.empty() &&
          variable.dimensions.front() == column_dim)
        joined += variable.name + "\n";
    if (joined.empty())
      throw base::Error(
          base::ErrorKind::data, "no numeric variable has the column dimension first",
          {.file = path, .value = column_dim, .hint = "name the dimension with --column-dim"});
  });
  std::istringstream lines(comm.broadcast(joined));
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  return names;
}

RawSurvey survey(const mpi::Communicator& comm, const std::vector<std::string>& paths,
                 const std::vector<std::string>& variables, const std::string& column_dim,
                 const base::ProgressSink& progress) {
  RawSurvey result;
  result.set = RawSet::scan(comm, paths, variables, column_dim);
  result.features = features_of(result.set.variables);
  ArrayRecipe all;
  for (std::int64_t place = 0; place < result.set.width(); ++place) all.places.push_back(place);
  all.encoding.features = result.features;
  all.encoding.transforms.resize(result.features.size());
  const ColumnOrder order(result.set.columns(), {}, std::nullopt);
  Moments moments(comm, result.features.size());
  PieceReader reader(comm, result.set, {MissingPolicy::Kind::keep, 0.0F});
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
