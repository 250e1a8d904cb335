#include "jobs.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/nearest.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/run_difference.hpp>
#include <colonnade/train/run_summary.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace colonnade::jobs {

namespace fs = std::filesystem;
using app::Arguments;
using base::Error;
using base::ErrorKind;
using nlohmann::ordered_json;

namespace {

app::Command runs_command() {
  return {
      .name = "runs",
      .summary = "a table of training runs: how they differ, and what has come of each",
      .description =
          "Reads the summary.json of each RUN, and of the runs that lie in each DIR; other "
          "folders there are passed over, runs whose summary is absent or damaged are named. "
          "Columns: the options of train that differ, and the data where they differ; losses "
          "are those of the best epoch, columns_per_second is the median over the epochs "
          "after the first. --sort takes any column, any option of train, and any name in "
          "summary.json.",
      .files = {.usage = "DIR|RUN...",
                .help = "what train made, or folders with such",
                .least = 1,
                .most = 1000000},
      .options = {{.name = "sort",
                   .value_name = "NAME",
                   .fallback = "validation_loss",
                   .help = "sort by this column, from the smallest on"},
                  {.name = "reverse", .help = "sort from the largest on"},
                  {.name = "csv", .value_name = "FILE", .help = "write the table there as CSV"}},
      .examples = {"colonnade runs sweep/*", "colonnade runs sweep --sort lr",
                   "colonnade runs sweep --sort columns_per_second --reverse --csv sweep.csv"}};
}

struct Run {
  std::string path;
  ordered_json summary;
};

/// Whether a run lies there; also when that cannot be seen, and who reads it will name it.
bool is_run(const fs::path& path) {
  const auto may_have = [&](const char* name) {
    std::error_code ignored;
    return fs::status(path / name, ignored).type() != fs::file_type::not_found;
  };
  return may_have("summary.json") || (may_have("config.ini") && may_have("metrics.csv"));
}

/// The runs among the paths given, and in the folders given, by their names.
std::vector<std::string> run_folders(const std::vector<std::string>& paths) try {
  std::vector<std::string> found;
  for (const auto& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored))
      throw Error(ErrorKind::storage, "there is no such folder",
                  {.file = path, .hint = "give run directories, or folders with such"});
    if (is_run(path)) {
      found.push_back(path);
      continue;
    }
    std::set<std::string> inside;
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.is_directory(ignored) && is_run(entry.path())) inside.insert(entry.path());
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
} catch (const fs::filesystem_error& error) {
  throw Error(ErrorKind::storage, "cannot look for runs",
              {.file = error.path1(), .value = error.code().message()});
}

std::vector<Run> read_runs(const std::vector<std::string>& folders) {
  std::vector<Run> runs;
  for (const auto& folder : folders) try {
      runs.push_back({folder, train::read_summary(folder + "/summary.json")});
    } catch (const Error& error) {
      fmt::print(stderr, "colonnade runs: warning: {}; passed over\n", error.what());
    }
  if (runs.empty())
    throw Error(ErrorKind::data, "no run with a summary was found",
                {.hint = "give run directories, or folders with such"});
  return runs;
}

/// The prepared files that the runs were trained with.
std::vector<std::string> data_of(const std::vector<Run>& runs) {
  std::vector<std::string> paths;
  for (const auto& run : runs) paths.push_back(field_of(run.summary.dump(), "data"));
  return paths;
}

/// What has come of a run under this name, or an option of train; null where there is none.
ordered_json value_of(const Run& run, const std::string& name) {
  if (name == "run") return run.path;
  if (run.summary.contains(name)) return run.summary.at(name);
  return run.summary.at("config").value(name, ordered_json());
}

std::string text_of(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{:.6g}", value.get<double>()) : value.dump();
}

/// All names that a run has values of.
std::set<std::string> names_of(const std::vector<Run>& runs) {
  std::set<std::string> names{"run"};
  for (const auto& run : runs)
    for (const auto* values : {&run.summary, &run.summary.at("config")})
      for (const auto& [name, value] : values->items())
        if (!value.is_object()) names.insert(name);
  return names;
}

std::vector<std::string> columns_of(const std::vector<Run>& runs) {
  std::vector<std::string> columns{"run"};
  const auto add_if_different = [&](const std::string& name) {
    const auto first = value_of(runs.front(), name);
    if (std::any_of(runs.begin(), runs.end(),
                    [&](const Run& run) { return value_of(run, name) != first; }))
      columns.push_back(name);
  };
  std::set<std::string> options;
  for (const auto& run : runs)
    for (const auto& [name, value] : run.summary.at("config").items()) options.insert(name);
  for (const auto& name : options)
    if (!train::is_of_the_call(name) && !runs.front().summary.contains(name))
      add_if_different(name);
  add_if_different("data_content");
  columns.insert(columns.end(), {"status", "epochs", "best_epoch", "train_loss", "validation_loss",
                                 "columns_per_second", "ranks", "threads", "seconds", "weights"});
  return columns;
}

std::optional<double> number_of(const ordered_json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto text = value.get<std::string>();
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nullopt : std::optional(number);
}

/// Numbers before words.
bool is_less(const ordered_json& a, const ordered_json& b) {
  const auto x = number_of(a), y = number_of(b);
  if (x && y) return *x < *y;
  return x || y ? x.has_value() : text_of(a) < text_of(b);
}

void sort_runs(std::vector<Run>& runs, const std::string& name, bool reverse) {
  const auto names = names_of(runs);
  if (!names.contains(name)) {
    const std::vector<std::string> known(names.begin(), names.end());
    const auto meant = base::nearest(name, known);
    throw Error(ErrorKind::usage, "the runs have no such value to sort by",
                {.value = name,
                 .hint = meant.empty() ? fmt::format("choose one of {}", fmt::join(known, ", "))
                                       : fmt::format("did you mean {}?", meant)});
  }
  std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
    const auto x = value_of(a, name), y = value_of(b, name);
    if (text_of(x).empty() || text_of(y).empty()) return text_of(x).size() > text_of(y).size();
    return reverse ? is_less(y, x) : is_less(x, y);
  });
}

using Table = std::vector<std::vector<std::string>>;

Table table_of(const std::vector<Run>& runs) {
  Table table{columns_of(runs)};
  for (const auto& run : runs) {
    std::vector<std::string> row;
    for (const auto& name : table.front()) row.push_back(text_of(value_of(run, name)));
    table.push_back(std::move(row));
  }
  return table;
}

void print(const Table& table) {
  std::vector<std::size_t> widths(table.front().size());
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : table) {
    std::string line = fmt::format("{:<{}}", row.front(), widths.front());
    for (std::size_t i = 1; i < row.size(); ++i) line += fmt::format("  {:>{}}", row[i], widths[i]);
    fmt::print("{}\n", line);
  }
}

std::string csv_of(const Table& table) {
  std::string csv;
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i];
      if (cell.find_first_of(",\"\n") != std::string::npos) {
        for (auto at = cell.find('"'); at != std::string::npos; at = cell.find('"', at + 2))
          cell.insert(at, 1, '"');
        cell.insert(0, 1, '"').push_back('"');
      }
      csv += cell + (i + 1 < row.size() ? ',' : '\n');
    }
  return csv;
}

void runs_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const bool has_csv = arguments.has("csv");
  if (has_csv)
    mpi::agreed(comm, "output", [&] { expect_no_input(arguments.text("csv"), arguments); });
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: a table of the runs in {} folders; {} is written\n",
                 arguments.files().size(), has_csv ? arguments.text("csv") : "nothing");
    return;
  }
  std::optional<io::OutputPath> output;
  if (has_csv) output.emplace(comm, arguments.text("csv"), arguments.flag("force"));
  mpi::agreed_on_root(comm, "reading the runs", [&] {
    auto runs = read_runs(run_folders(arguments.files()));
    if (has_csv) expect_no_input(arguments.text("csv"), arguments, data_of(runs));
    sort_runs(runs, arguments.text("sort"), arguments.flag("reverse"));
    const auto table = table_of(runs);
    print(table);
    if (output) io::write_text_file(output->temporary(), csv_of(table));
  });
  if (output) output->commit();
}

}  // namespace

app::Job runs_job() {
  return {runs_command(), runs_work};
}

}  // namespace colonnade::jobs
