#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/run_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace colonnade::train {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

constexpr const char* metrics_head =
    "epoch,step,learning_rate,train_loss,validation_loss,columns_per_second,seconds,input_s,"
    "compute_s,sum_s,communication_s,optimiser_s,hash_s,validation_s";

/// What evaluate and scale may have written beside the files of train.
constexpr std::array later_names{"scaling.csv",
                                 "profiles_test.csv",
                                 "profiles_test.nc",
                                 "profiles_train.csv",
                                 "profiles_train.nc",
                                 "profiles_validation.csv",
                                 "profiles_validation.nc",
                                 "evaluation_test.json",
                                 "evaluation_train.json",
                                 "evaluation_validation.json"};

/// Whether a run, or evaluate, makes files of this name; also those that a killed one left.
bool is_own(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename();
  const std::string whole = io::whole_name(name).value_or(name);
  const auto is_among = [&](const auto& names) {
    return std::find(names.begin(), names.end(), whole) != names.end();
  };
  return entry.symlink_status().type() != fs::file_type::directory &&
         (is_among(run_files) || is_among(later_names));
}

/// The first thing in a run that is none of its files; "" if there is none.
std::string foreign_in(const fs::path& run) {
  for (const auto& entry : fs::directory_iterator(run)) {
    if (is_own(entry)) continue;
    const auto folder = entry.path().filename();
    if ((folder != checkpoints_folder && folder != events_folder) || !entry.is_directory())
      return entry.path();
    const auto is_own_name = folder == events_folder ? EventFile::is_own : is_checkpoint;
    for (const auto& inside : fs::directory_iterator(entry.path()))
      if (!is_own_name(inside.path().filename())) return inside.path();
  }
  return "";
}

/// Whether a folder is a run, perhaps one that was killed while it was made.
bool is_run(const fs::path& path) {
  if (!fs::is_directory(path)) return false;
  const fs::directory_iterator entries(path);
  return fs::is_empty(path) || std::any_of(begin(entries), end(entries), [](const auto& entry) {
           const std::string name = entry.path().filename();
           return io::whole_name(name).value_or(name) == "config.ini";
         });
}

void check(const std::string& path, OlderRun older, const std::vector<std::string>& inputs) {
  std::error_code ignored;
  const auto folder = fs::absolute(path, ignored).parent_path();
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorKind::storage, "the folder of the output does not exist",
                {.file = folder.string(), .hint = "make it, or choose another --out"});
  if (!fs::exists(path)) return;
  if (older == OlderRun::refused)
    throw Error(ErrorKind::usage, "the output exists already",
                {.file = path, .hint = "choose another --out, or --force, or --resume auto"});
  if (!is_run(path))
    throw Error(ErrorKind::usage,
                "--force and --resume take run directories only, and this is none",
                {.file = path, .hint = "choose another --out"});
  if (older == OlderRun::continued) return;
  io::expect_no_input(path, inputs);
  if (const auto foreign = foreign_in(path); !foreign.empty())
    throw Error(ErrorKind::usage, "--force would remove a file that is not of the run",
                {.file = foreign, .hint = "move it away, or choose another --out"});
}

/// Removes all but what a run begins with: config.ini marks the folder as a run until it is
/// written anew, and log.txt is locked.
void clear(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path))
    if (const auto name = entry.path().filename(); name != "config.ini" && name != "log.txt")
      fs::remove_all(entry.path());
}

/// Removes what killed runs left half-written.
void remove_partials(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path))
    if (io::whole_name(entry.path().filename())) fs::remove(entry.path());
}

/// Runs `work` on the file system, whose refusals become storage errors.
template <typename Work>
void on_disc(const char* sentence, const std::string& path, Work work) {
  try {
    work();
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::storage, sentence, {.file = path, .value = error.code().message()});
  }
}

}  // namespace

RunDirectory::RunDirectory(const mpi::Communicator& comm, const std::string& path, OlderRun older,
                           const std::vector<std::string>& inputs)
    : comm_(comm),
      path_(io::without_last_slashes(path)),
      older_(older),
      metrics_(file("metrics.csv")),
      hashes_(file("hashes.csv")),
      events_(file(events_folder)) {
  mpi::agreed_on_root(comm_, "output", [&] {
    on_disc("cannot look at the run directory", path_, [&] { check(path_, older_, inputs); });
  });
}

void RunDirectory::start(const std::string& config_ini, const RunTables& tables) {
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::start_run, path_);
    on_disc("cannot make the run directory", path_, [&] {
      const bool is_new = fs::create_directory(path_);
      if (!is_new && older_ == OlderRun::refused) refuse_second_job(path_);
      if (is_new) io::write_text_file(file("config.ini"), config_ini);
      lock_ = std::make_unique<FileLock>(file("log.txt"), path_);
      for (const char* name : {"hashes.csv", "summary.json"}) fs::remove(file(name));
      remove_partials(path_);
      if (older_ == OlderRun::replaced) {
        clear(path_);
        fs::resize_file(file("log.txt"), 0);
      }
    });
    io::write_text_file(file("config.ini"), config_ini);
    metrics_.start(tables.metrics.empty() ? std::string(metrics_head) + '\n' : tables.metrics);
    if (!tables.hashes.empty()) hashes_.start(tables.hashes);
    events_.start(metrics_.text());
  });
}

void RunDirectory::add(const EpochReport& report) {
  mpi::agreed_on_root(comm_, "metrics", [&] {
    base::fault_site(base::FaultSite::metrics, file("metrics.csv"));
    const StepTimes& times = report.times;
    const std::string line = fmt::format(
        "{},{},{:.9g},{:.9g},{:.9g},{:.6g},{:.3f},{:.4f},{:.4f},{:.4f},{:.4f},"
        "{:.4f},{:.4f},{:.4f}",
        report.epoch, report.step, report.learning_rate, report.train_loss, report.validation_loss,
        report.columns_per_second, report.seconds, times.input_s, times.compute_s, times.sum_s,
        times.communication_s, times.optimiser_s, times.hash_s, report.validation_s);
    metrics_.add(line);
    events_.add(line);
  });
}

void RunDirectory::add(const StepHashes& hashes) {
  mpi::agreed_on_root(comm_, "self-check", [&] { hashes_.add(hashes_line(hashes)); });
}

}  // namespace colonnade::train
