#include "jobs.hpp"
#include "source.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/inspect.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>

namespace colonnade::jobs {

using app::Arguments;
using data::Feature;
using data::Statistics;

namespace {

app::Command inspect_command() {
  app::Command command{
      .name = "inspect",
      .summary = "what raw or prepared files hold",
      .description =
          "For raw files (concatenated along the column dimension): variables, shapes, units, "
          "mean, standard deviation, "
          "minimum and maximum, features that never change, missing values, and the numbers of "
          "shards that divide the "
          "columns. For a prepared file: its arrays, splits, hashes and statistics.",
      .files = {.usage = "FILE...",
                .help = "raw files, or one prepared file",
                .least = 1,
                .most = 1000000},
      .options = {app::files_from_option(),
                  {.name = "column-dim",
                   .value_name = "NAME",
                   .fallback = "column",
                   .help = "name of the dimension along which columns lie"},
                  {.name = "variables",
                   .value_name = "NAMES",
                   .help = "look at these alone, as prepare's --inputs names them"},
                  {.name = "features",
                   .help = "a line for every feature instead of one for every variable"},
                  {.name = "verify", .help = "read a prepared file whole and check its hashes"},
                  {.name = "json",
                   .value_name = "FILE",
                   .help = "write the statistics of every feature there"}},
      .examples = {"colonnade inspect data/*.nc",
                   "mpirun -n 4 colonnade inspect columns.h5 --verify"}};
  for (auto& option : source_options()) command.options.push_back(std::move(option));
  return command;
}

/// A line of the table: one feature, or all features of a variable together.
struct Line {
  std::string name;
  std::string units;
  std::int64_t features = 0, constant = 0, missing = 0;
  double count = 0.0, sum = 0.0, squares = 0.0, low = 0.0, high = 0.0;

  void add(const Statistics& statistics, std::size_t i, std::int64_t columns) {
    const auto number = static_cast<double>(statistics.count[i]);
    low = features == 0 ? statistics.min[i] : std::min(low, statistics.min[i]);
    high = features == 0 ? statistics.max[i] : std::max(high, statistics.max[i]);
    ++features;
    constant += statistics.min[i] == statistics.max[i] ? 1 : 0;
    missing += columns - statistics.count[i];
    count += number;
    sum += number * statistics.mean[i];
    squares +=
        number * (statistics.std[i] * statistics.std[i] + statistics.mean[i] * statistics.mean[i]);
  }
};

std::vector<Line> lines_of(const std::vector<Feature>& features, const Statistics& statistics,
                           std::int64_t columns, bool each) {
  std::vector<Line> lines;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto& key = each ? features[i].name : features[i].variable;
    const auto [place, is_new] = places.try_emplace(key, lines.size());
    if (is_new) lines.push_back({.name = key, .units = features[i].units});
    lines[place->second].add(statistics, i, columns);
  }
  return lines;
}

void print_statistics(const std::vector<Feature>& features, const Statistics& statistics,
                      std::int64_t columns, bool each) {
  fmt::print("{:<26} {:<10} {:>8} {:>8} {:>8} {:>12} {:>12} {:>12} {:>12}\n",
             each ? "feature" : "variable", "units", "features", "constant", "missing", "minimum",
             "mean", "std", "maximum");
  for (const auto& line : lines_of(features, statistics, columns, each)) {
    const double mean = line.count > 0.0 ? line.sum / line.count : 0.0;
    const double variance = line.count > 0.0 ? line.squares / line.count - mean * mean : 0.0;
    fmt::print("{:<26} {:<10} {:>8} {:>8} {:>8} {:>12.5g} {:>12.5g} {:>12.5g} {:>12.5g}\n",
               line.name, line.units, line.features, line.constant, line.missing, line.low, mean,
               std::sqrt(std::max(variance, 0.0)), line.high);
  }
}

void print_constants(const std::vector<Feature>& features, const Statistics& statistics) {
  std::vector<std::size_t> constant;
  for (std::size_t i = 0; i < features.size(); ++i)
    if (statistics.min[i] == statistics.max[i]) constant.push_back(i);
  if (constant.empty()) return;
  fmt::print("\n{} features never change: {}\n", constant.size(),
             fmt::join(data::compact_names(features, constant), " "));
}

void print_shard_counts(std::int64_t columns) {
  constexpr std::int64_t least = 16, most = 4096;
  std::vector<std::string> choices;
  for (const std::int64_t shards : data::divisors(columns))
    if (const std::int64_t size = columns / shards; least <= size && size <= most)
      choices.push_back(fmt::format("{}", size));
  fmt::print("\n{} columns = {}\n", columns, fmt::join(data::prime_factors(columns), " x "));
  if (!choices.empty())
    fmt::print("--shard sizes that divide them: {} (with others the last shard is short)\n",
               fmt::join(choices, ", "));
}

nlohmann::json json_of(const std::vector<Feature>& features, const Statistics& statistics) {
  nlohmann::json all = nlohmann::json::array();
  for (std::size_t i = 0; i < features.size(); ++i)
    all.push_back({{"name", features[i].name},
                   {"units", features[i].units},
                   {"count", statistics.count[i]},
                   {"mean", statistics.mean[i]},
                   {"std", statistics.std[i]},
                   {"min", statistics.min[i]},
                   {"max", statistics.max[i]}});
  return all;
}

/// The file of --json, if there is one.
using Json = std::optional<io::OutputPath>;

void write_json(const Json& json, const nlohmann::json& content) {
  if (json) io::write_text_file(json->temporary(), content.dump(1));
}

/// "(ncol, lev 20)".
std::string shape_of(const data::RawVariable& variable, const data::RawSet& set) {
  std::vector<std::string> dims;
  for (const auto& dim : set.sample_dimensions()) dims.push_back(dim.name);
  auto text = fmt::format("({}", fmt::join(dims, ", "));
  for (std::size_t axis = 0; axis < variable.shape.size(); ++axis) {
    const auto& name = variable.dimensions[axis];
    text += fmt::format(", {}{}{}", name, name.empty() ? "" : " ", variable.shape[axis]);
  }
  return text + ")";
}

void print_raw_header(const data::RawSet& set, const std::vector<std::string>& others) {
  std::int64_t bytes = 0;
  for (const auto& file : set.files) bytes += file.bytes;
  fmt::print("{} files, {}, {} columns along {}\n\n", set.files.size(), base::human_bytes(bytes),
             base::human_count(set.columns()), sample_dims_text(set));
  fmt::print("{:<26} {:<22} {:<14} {}\n", "raw variable", "shape", "units", "long name");
  for (const auto& variable : set.variables)
    fmt::print("{:<26} {:<22} {:<14} {}\n", variable.name, shape_of(variable, set), variable.units,
               variable.long_name);
  for (const auto& [file, variable, difference] : set.unlike)
    fmt::print("\n{} in {} has other units or features than in the first file: {}\n", variable,
               file, difference);
  if (!others.empty())
    fmt::print("\nnot shown, {}: {}\n",
               set.sampling ? "without a sample dimension"
                            : set.column_dim + " is not their first dimension",
               fmt::join(others, ", "));
  fmt::print("\n");
}

void report_raw(const Arguments& arguments, const Json& json, const data::RawSurvey& survey,
                const std::vector<std::string>& others) {
  print_raw_header(survey.set, others);
  print_statistics(survey.features, survey.statistics, survey.set.columns(),
                   arguments.flag("features"));
  print_constants(survey.features, survey.statistics);
  print_shard_counts(survey.set.columns());
  write_json(json, json_of(survey.features, survey.statistics));
}

/// **Collective.** The set that the options describe, and the variables that are not in it.
std::pair<data::RawSet, std::vector<std::string>> scan_raw(const Arguments& arguments,
                                                           const mpi::Communicator& comm) {
  const auto [source, files] = mpi::agreed(comm, "options", [&] {
    return std::pair(source_from(arguments), chosen_files(arguments, arguments.files()));
  });
  const auto& dim = arguments.text("column-dim");
  data::ColumnVariables variables;
  if (arguments.has("variables"))
    variables.names = arguments.texts("variables");
  else
    variables = source ? data::sample_variables(comm, files.front(), source->form.sample_dims)
                       : data::column_variables(comm, files.front(), dim);
  return {source ? data::RawSet::scan(comm, files, variables.names, {}, *source)
                 : data::RawSet::scan(comm, files, variables.names, dim),
          variables.others};
}

void inspect_raw(const Arguments& arguments, const mpi::Communicator& comm, const Json& json,
                 const base::ProgressSink& progress) {
  auto set = scan_raw(arguments, comm);
  const auto survey = data::survey(comm, std::move(set.first), progress);
  const auto& others = set.second;
  mpi::agreed_on_root(comm, "report", [&] { report_raw(arguments, json, survey, others); });
}

/// The features with the units of their transformed values: "log1p(Pa)".
std::vector<Feature> transformed(const data::Encoding& encoding) {
  auto features = encoding.features;
  for (std::size_t i = 0; i < features.size(); ++i)
    if (const auto& transform = encoding.transforms[i]; !transform.is_identity())
      features[i].units = fmt::format("{}({})", transform.text(), features[i].units);
  return features;
}

void report_prepared(const Arguments& arguments, const Json& json, const data::PreparedFile& file) {
  fmt::print("{}: prepared, layout {}, {} columns in shards of {}\n", file.path(),
             file.recipe().layout, base::human_count(file.columns()), file.shard_columns());
  for (const char* name : {"train", "validation", "test"})
    fmt::print("{:<10} columns {} to {}\n", name, file.split(name).begin, file.split(name).end);
  if (!file.groups().empty())
    fmt::print("{} groups, which no split parts; split by {}\n", file.groups().count(),
               file.split_by());
  fmt::print("content {}{}\n", file.content(), arguments.flag("verify") ? " (verified)" : "");
  nlohmann::json all;
  for (const auto& array : file.recipe().arrays) {
    const auto& encoding = array.encoding;
    fmt::print("\n{} (column, {}), statistics of the training split after the transforms\n",
               array.name, fmt::join(array.shape, ", "));
    print_statistics(transformed(encoding), encoding.statistics, file.split("train").size(),
                     arguments.flag("features"));
    print_constants(encoding.features, encoding.statistics);
    all[array.name] = json_of(encoding.features, encoding.statistics);
  }
  print_shard_counts(file.columns());
  write_json(json, all);
}

void inspect_prepared(const Arguments& arguments, const mpi::Communicator& comm, const Json& json) {
  mpi::agreed(comm, "options", [&] {
    if (arguments.files().size() > 1)
      throw base::Error(base::ErrorKind::usage, "inspect takes one prepared file, or raw files",
                        {.value = arguments.files()[1]});
  });
  const auto file = data::PreparedFile::open(comm, arguments.files().front());
  if (arguments.flag("verify")) file.verify();
  mpi::agreed_on_root(comm, "report", [&] { report_prepared(arguments, json, file); });
}

bool is_prepared(const mpi::Communicator& comm, const std::string& path) {
  int prepared = 0;
  mpi::agreed_on_root(comm, "open", [&] {
    const auto attributes = io::describe(path).attributes;
    const auto format = attributes.find("format");
    if (format != attributes.end() && format->second.rfind("colonnade", 0) == 0)
      throw base::Error(base::ErrorKind::data, "a model, not columns",
                        {.file = path,
                         .hint = "its options stand in config.ini beside it; evaluate and predict "
                                 "use it"});
    prepared = attributes.contains("colonnade_format") ? 1 : 0;
  });
  return comm.max(prepared) == 1;
}

void inspect_work(const Arguments& arguments, const mpi::Communicator& comm) {
  if (arguments.flag("dry-run")) return;
  const bool prepared = is_prepared(comm, arguments.files().front());
  Json json;
  if (arguments.has("json")) {
    const auto& path = arguments.text("json");
    mpi::agreed(comm, "output", [&] { expect_no_input(path, arguments); });
    json.emplace(comm, path, arguments.flag("force"));
  }
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  if (prepared)
    inspect_prepared(arguments, comm, json);
  else
    inspect_raw(arguments, comm, json, progress.sink());
  if (json) json->commit();
}

}  // namespace

app::Job inspect_job() {
  return {inspect_command(), inspect_work};
}

}  // namespace colonnade::jobs
