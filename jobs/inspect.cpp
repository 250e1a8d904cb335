#include "jobs.hpp"
#include "source.hpp"
#include "statistics_table.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/inspect.hpp>
#include <colonnade/data/missing_index.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
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
                  {.name = "missing",
                   .value_name = "INDEX.json",
                   .help = "write there which columns of raw files have all data, some, or none, "
                           "and what they lack: what prepare's --missing asks"},
                  {.name = "targets",
                   .value_name = "NAMES",
                   .help =
                       "with --missing: further variables, which a column without data may have"},
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

/// The set that the options describe.
struct Scanned {
  data::RawSet set;
  std::size_t inputs;               ///< its first variables; the others are targets
  std::vector<std::string> others;  ///< variables that are not in it
};

/// **Collective.**
Scanned scan_raw(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto [source, files] = mpi::agreed(comm, "options", [&] {
    return std::pair(source_from(arguments), chosen_files(arguments, arguments.files()));
  });
  const auto& dim = arguments.text("column-dim");
  data::ColumnVariables variables;
  if (arguments.has("variables"))
    variables.names = arguments.texts("variables");
  else
    variables = source ? data::sample_variables(comm, files.front(), source->form)
                       : data::column_variables(comm, files.front(), dim);
  auto names = variables.names;
  std::vector<std::string> targets;
  if (arguments.has("targets")) targets = arguments.texts("targets");
  std::erase_if(names, [&](const std::string& name) {
    return std::find(targets.begin(), targets.end(), name) != targets.end();
  });
  const std::size_t inputs = names.size();
  if (source)
    return {data::RawSet::scan(comm, files, names, targets, *source), inputs, variables.others};
  names.insert(names.end(), targets.begin(), targets.end());
  return {data::RawSet::scan(comm, files, names, dim), inputs, variables.others};
}

/// **Collective.** Writes the index of missing values, if there is a file for it.
void write_index(const mpi::Communicator& comm, const Json& file, const data::RawSet& set,
                 std::size_t inputs, const base::ProgressSink& progress) {
  if (!file) return;
  const auto index = data::index_missing(comm, set, inputs, progress);
  mpi::agreed_on_root(comm, "report", [&] {
    io::write_text_file(file->temporary(), index.text(set));
    fmt::print("missing values: {} columns have all data, {} some, {} none\n", index.counts[0],
               index.counts[1], index.counts[2]);
  });
}

void inspect_raw(const Arguments& arguments, const mpi::Communicator& comm, const Json& json,
                 const Json& index, const base::ProgressSink& progress) {
  auto scanned = scan_raw(arguments, comm);
  if (comm.is_root()) warn_of_left_out(scanned.set, "inspect");
  const auto survey = data::survey(comm, std::move(scanned.set), progress);
  mpi::agreed_on_root(comm, "report", [&] { report_raw(arguments, json, survey, scanned.others); });
  write_index(comm, index, survey.set, scanned.inputs, progress);
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

void check_outputs(const Arguments& arguments, bool is_prepared) {
  using base::Error;
  using base::ErrorKind;
  for (const char* const option : {"json", "missing"})
    if (arguments.has(option)) expect_no_input(arguments.text(option), arguments);
  if (arguments.has("targets") && !arguments.has("missing"))
    throw Error(ErrorKind::usage, "--targets goes with --missing",
                {.hint = "--variables chooses what to look at"});
  if (arguments.has("missing") && is_prepared)
    throw Error(ErrorKind::usage, "a prepared file has no missing values to index",
                {.file = arguments.files().front(), .hint = "name the raw files"});
  if (arguments.has("missing") && arguments.has("json") &&
      arguments.text("missing") == arguments.text("json"))
    throw Error(ErrorKind::usage, "--json and --missing name one file",
                {.file = arguments.text("json")});
}

void inspect_work(const Arguments& arguments, const mpi::Communicator& comm) {
  if (arguments.flag("dry-run")) return;
  const bool prepared = is_prepared(comm, arguments.files().front());
  mpi::agreed(comm, "options", [&] { check_outputs(arguments, prepared); });
  Json json, index;
  if (arguments.has("json")) json.emplace(comm, arguments.text("json"), arguments.flag("force"));
  if (arguments.has("missing"))
    index.emplace(comm, arguments.text("missing"), arguments.flag("force"));
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  if (prepared)
    inspect_prepared(arguments, comm, json);
  else
    inspect_raw(arguments, comm, json, index, progress.sink());
  if (json) json->commit();
  if (index) index->commit();
}

}  // namespace

app::Job inspect_job() {
  return {inspect_command(), inspect_work};
}

}  // namespace colonnade::jobs
