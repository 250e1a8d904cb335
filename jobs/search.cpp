#include "jobs.hpp"
#include "search_command.hpp"
#include "search_folder.hpp"
#include "search_plan.hpp"
#include "search_run.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/app/stop_signals.hpp>
#include <colonnade/base/error.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/search_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;
using train::OlderRun;

namespace {

/// Rows of the terminal's table.
constexpr std::size_t most_rows = 20;

OlderRun older_search(const Arguments& arguments) {
  if (!arguments.has("resume"))
    return arguments.flag("force") ? OlderRun::replaced : OlderRun::refused;
  if (arguments.text("resume") != "auto")
    throw Error(ErrorKind::usage, "--resume takes auto", {.value = arguments.text("resume")});
  if (arguments.flag("force"))
    throw Error(ErrorKind::usage, "--force and --resume contradict each other",
                {.hint = "leave one of them out"});
  return OlderRun::continued;
}

/// What makes the ranking of the losses mean little, on standard error.
void warn(const SearchPlan& plan) {
  for (const char* key :
       {"loss", "target-weights", "weight-by", "heating-rate-weight", "class-weights"})
    for (const auto& [name, value] : plan.configurations.front())
      if (name == key)
        fmt::print(stderr,
                   "colonnade search: warning: --grid has several values of {}, whose losses are "
                   "not of one kind: their ranks mean little\n",
                   key);
}

/// **Collective.** Writes the tables and tells of them; returns the best configuration. Throws a
/// numeric error when there is none.
std::size_t finish(const mpi::Communicator& comm, const Arguments& arguments,
                   const SearchPlan& plan, const SearchFolder& folder, const SearchRun& run) {
  std::int64_t best = -1;
  mpi::agreed_on_root(comm, "writing the tables", [&] {
    const auto rows = train::search_rows(run.records(), plan.fold_count);
    io::write_text_file(folder.file("search.csv"), train::search_csv(rows, plan.configurations));
    io::write_text_file(folder.file("times.csv"), train::times_csv(run.records()));
    if (!arguments.flag("quiet"))
      fmt::print("{}", train::search_text(rows, plan.configurations, most_rows));
    const auto first =
        std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.rank == 1; });
    if (first == rows.end())
      throw Error(ErrorKind::numeric, "no configuration came to a loss in all folds",
                  {.value = rows.empty() ? "" : rows.front().message,
                   .hint = "see the messages in " + folder.file("search.csv")});
    best = first->configuration;
    const auto& configuration = plan.configurations[static_cast<std::size_t>(best)];
    io::write_text_file(folder.file("best.ini"), best_ini(arguments, configuration));
    fmt::print("best {} loss {:.6g} {}\n", best + 1, first->loss->mean, text_of(configuration));
    std::fflush(stdout);
  });
  comm.broadcast(std::span(&best, 1));
  return static_cast<std::size_t>(best);
}

/// **Collective.** The same as train --config best.ini.
void refit(const mpi::Communicator& comm, const Arguments& arguments, const SearchFolder& folder,
           const train::Configuration& configuration) {
  const std::string out = folder.file("best");
  auto values = configuration;
  values.emplace_back("force", "false");
  std::int64_t is_there = comm.is_root() && std::filesystem::exists(out) ? 1 : 0;
  comm.broadcast(std::span(&is_there, 1));
  if (is_there != 0) values.emplace_back("resume", "auto");
  train_job().work(train_arguments(arguments, values, out), comm);
}

void search_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto older = mpi::agreed(comm, "options", [&] {
    static_cast<void>(configurations_of(arguments));
    return older_search(arguments);
  });
  SearchFolder folder(comm, arguments.text("out"), older, app::inputs_of(arguments));
  const auto plan = [&] {
    const auto file = data::PreparedFile::open(comm, arguments.files().front());
    auto made = plan_search(arguments, comm, file);
    if (arguments.flag("dry-run") && comm.is_root()) print_plan(made, comm, file);
    return made;
  }();
  if (arguments.flag("dry-run")) return;
  if (comm.is_root()) warn(plan);
  folder.start(app::resolved_ini(search_command(), arguments));
  std::size_t best = 0;
  {
    const app::StopSignals signals;
    SearchRun run(comm, plan, arguments.files().front(), folder, arguments.flag("quiet"));
    run(older == OlderRun::continued);
    best = finish(comm, arguments, plan, folder, run);
  }
  if (arguments.flag("refit")) refit(comm, arguments, folder, plan.configurations[best]);
}

}  // namespace

app::Job search_job() {
  return {search_command(), search_work};
}

}  // namespace colonnade::jobs
