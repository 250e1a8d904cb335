#include <colonnade/app/binding.hpp>
#include <colonnade/app/manual.hpp>
#include <colonnade/app/parse.hpp>
#include <colonnade/app/run.hpp>
#include <colonnade/app/standard_streams.hpp>
#include <colonnade/base/nearest.hpp>
#include <colonnade/io/handle.hpp>
#include <colonnade/io/partial.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/session.hpp>
#include <colonnade/mpi/watchdog.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

namespace colonnade::app {

namespace {

using Words = std::vector<std::string>;

const Job* find_job(std::span<const Job> jobs, const std::string& name) {
  const auto found = std::find_if(jobs.begin(), jobs.end(),
                                  [&](const Job& job) { return job.command.name == name; });
  return found == jobs.end() ? nullptr : &*found;
}

std::vector<Command> commands_of(std::span<const Job> jobs) {
  std::vector<Command> commands;
  for (const auto& job : jobs) commands.push_back(job.command);
  return commands;
}

constexpr const char* about =
    "Turns climate columns in NetCDF and HDF5 files into a trained, verified emulator, alone or "
    "under\nmpirun or srun, with the same bits on any number of ranks.\n";

std::string overview(std::span<const Job> jobs) {
  std::string text = fmt::format("usage: colonnade COMMAND [options]\n\n{}\nCommands:\n", about);
  for (const auto& job : jobs)
    text += fmt::format("  {:<10} {}\n", job.command.name, job.command.summary);
  return text +
         "\ncolonnade COMMAND --help tells a command's options; colonnade --version the versions; "
         "--man is\nthe manual page, --completion a script for bash.\n";
}

// What is answered without MPI, if anything.
std::optional<std::string> answer(const Words& words, std::span<const Job> jobs,
                                  const std::string& versions) {
  const auto asks = [](const std::string& word) { return word == "--help" || word == "-h"; };
  if (words.empty()) return overview(jobs);
  if (words[0] == "--version") return versions + "\n";
  if (words[0] == "--man")
    return manual_of(commands_of(jobs), about, versions.substr(0, versions.find('\n')));
  if (words[0] == "--completion") return completion_of(commands_of(jobs));
  const bool is_help = asks(words[0]) || words[0] == "help";
  if (is_help && words.size() == 1) return overview(jobs);
  const Job* job = find_job(jobs, words[is_help ? 1 : 0]);
  if (job != nullptr && (is_help || std::any_of(words.begin(), words.end(), asks)))
    return help_of(job->command);
  return std::nullopt;
}

// Whether this process is the only one, or the first of those that a launcher started: told by the
// launcher's variables, since MPI does not run yet.
bool is_first_process() {
  for (const char* const name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* const rank = std::getenv(name)) return std::string_view(rank) == "0";
  return true;
}

const Job& job_of(const Words& words, std::span<const Job> jobs) {
  if (const Job* job = find_job(jobs, words[0]); job != nullptr) return *job;
  Words names;
  for (const auto& job : jobs) names.push_back(job.command.name);
  const std::string meant = base::nearest(words[0], names);
  throw base::Error(
      base::ErrorKind::usage, fmt::format("unknown command {}", words[0]),
      {.hint = meant.empty() ? "see colonnade --help" : fmt::format("did you mean {}?", meant)});
}

void warn_of_binding(const Job& job, const Arguments& arguments) {
  const auto warning = binding_warning(binding(), static_cast<int>(arguments.integer("threads")));
  if (!warning.empty())
    fmt::print(stderr, "colonnade {}: warning: {}\n", job.command.name, warning);
}

// Where a disc or a memory refused, the rank tells which machine it was.
std::string place_of(const base::Error& error) {
  const auto& facts = error.facts();
  if (error.kind() != base::ErrorKind::storage || !facts.rank) return "";
  return fmt::format(" [rank {}, phase '{}']", *facts.rank, facts.phase);
}

// The root alone reads the config file and looks for files, so all ranks see the same.
void run_job(const Words& words, std::span<const Job> jobs, const mpi::Communicator& world) {
  const Job* job = nullptr;
  std::string resolved;
  mpi::agreed_on_root(world, "reading the options", [&] {
    job = &job_of(words, jobs);
    resolved = parse(job->command, commands_of(jobs), std::span(words).subspan(1)).packed();
  });
  job = find_job(jobs, words[0]);
  const auto arguments = Arguments::unpacked(world.broadcast(std::move(resolved)));
  if (world.is_root()) {
    warn_of_binding(*job, arguments);
    if (arguments.flag("dry-run")) fmt::print("{}", resolved_ini(job->command, arguments));
  }
  io::clear_up_on_signals(world.is_root());
  const mpi::Watchdog watchdog(world, arguments.seconds("watchdog"));
  const mpi::InPhase phase("work between calls");
  job->work(arguments, world);
}

/// Whether a job that ends so has done what it was asked to, and tells it on standard output.
bool is_outcome(base::ErrorKind kind) {
  return kind == base::ErrorKind::stopped || kind == base::ErrorKind::different;
}

/// The code of a call that ends with `code`, unless its output was lost; to be put back into the
/// queue matters more than that.
int code_of_output(const Words& words, int code) {
  const auto loss = loss_of_output();
  if (loss.empty()) return code;
  fmt::print(stderr,
             "colonnade {}: error: cannot write to standard output ({}); the rest was done\n",
             words.empty() ? "" : words[0], loss);
  return code == static_cast<int>(base::ErrorKind::stopped)
             ? code
             : static_cast<int>(base::ErrorKind::storage);
}

/// **Collective.**
void leave_if_hdf5_cannot_end(const mpi::Communicator& world, int code) {
  if (world.max(io::has_unclosed_file() ? 1 : 0) == 0) return;
  std::fflush(stdout);
  std::_Exit(code);
}

}  // namespace

int run(int argc, char** argv, std::span<const Job> jobs, const std::string& versions) {
  guard_standard_streams();
  const Words words(argv + std::min(argc, 1), argv + argc);
  if (const auto text = answer(words, jobs, versions)) {
    if (is_first_process()) fmt::print("{}", *text);
    return code_of_output(words, 0);
  }
  const mpi::Session session(argc, argv);
  const mpi::Communicator world;
  try {
    run_job(words, jobs, world);
  } catch (const mpi::AgreedError& error) {
    if (is_outcome(error.kind())) {
      if (world.is_root()) fmt::print("{}\n", error.what());
      return world.max(code_of_output(words, static_cast<int>(error.kind())));
    }
    const bool is_known = find_job(jobs, words[0]) != nullptr;
    if (world.is_root())
      fmt::print(stderr, "colonnade{}{}: error: {}{}\n", is_known ? " " : "",
                 is_known ? words[0] : "", error.what(), place_of(error));
    leave_if_hdf5_cannot_end(world, static_cast<int>(error.kind()));
    return static_cast<int>(error.kind());
  }
  return world.max(code_of_output(words, 0));
}

}  // namespace colonnade::app
