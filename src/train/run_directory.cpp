#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/run_directory.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace colonnade::train {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

constexpr const char* metrics_head =
    "epoch,step,learning_rate,train_loss,validation_loss,columns_per_second,seconds,input_s,"
    "compute_s,sum_s,communication_s,optimiser_s,hash_s,validation_s";

/// Whether a folder is a run, perhaps one that was killed while it was made.
bool is_run(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) &&
         (fs::is_empty(path, ignored) || fs::exists(path / "config.ini", ignored) ||
          fs::exists(path / "config.ini.partial", ignored));
}

void check(const std::string& path, OlderRun older) {
  std::error_code ignored;
  const auto folder = fs::absolute(path, ignored).parent_path();
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorKind::storage, "the folder of the output does not exist",
                {.file = folder.string(), .hint = "make it, or choose another --out"});
  if (!fs::exists(path, ignored)) return;
  if (older == OlderRun::refused)
    throw Error(ErrorKind::usage, "the output exists already",
                {.file = path, .hint = "choose another --out, or --force, or --resume auto"});
  if (!is_run(path))
    throw Error(ErrorKind::usage,
                "--force and --resume take run directories only, and this is none",
                {.file = path, .hint = "choose another --out"});
}

/// Removes all but config.ini, which marks the folder as a run until it is written anew.
void clear(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename() != "config.ini") fs::remove_all(entry.path());
}

/// `path` without slashes at its end.
std::string trimmed(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

RunDirectory::RunDirectory(const mpi::Communicator& comm, const std::string& path, OlderRun older)
    : comm_(comm),
      path_(trimmed(path)),
      older_(older),
      metrics_(file("metrics.csv")),
      hashes_(file("hashes.csv")) {
  mpi::agreed_on_root(comm_, "output", [&] { check(path_, older_); });
}

void RunDirectory::start(const std::string& config_ini, const RunTables& tables) {
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::start_run, path_);
    try {
      fs::create_directory(path_);
      fs::remove(file("hashes.csv"));
      if (older_ == OlderRun::replaced) clear(path_);
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorKind::storage, "cannot make the run directory",
                  {.file = path_, .value = error.code().message()});
    }
    io::write_text_file(file("config.ini"), config_ini);
    metrics_.start(tables.metrics.empty() ? std::string(metrics_head) + '\n' : tables.metrics);
    if (!tables.hashes.empty()) hashes_.start(tables.hashes);
  });
}

void RunDirectory::add(const EpochReport& report) {
  mpi::agreed_on_root(comm_, "metrics", [&] {
    base::fault_site(base::FaultSite::metrics, file("metrics.csv"));
    const StepTimes& times = report.times;
    metrics_.add(fmt::format(
        "{},{},{:.9g},{:.9g},{:.9g},{:.6g},{:.3f},{:.4f},{:.4f},{:.4f},{:.4f},"
        "{:.4f},{:.4f},{:.4f}",
        report.epoch, report.step, report.learning_rate, report.train_loss, report.validation_loss,
        report.columns_per_second, report.seconds, times.input_s, times.compute_s, times.sum_s,
        times.communication_s, times.optimiser_s, times.hash_s, report.validation_s));
  });
}

void RunDirectory::add(const StepHashes& hashes) {
  mpi::agreed_on_root(comm_, "self-check", [&] { hashes_.add(hashes_line(hashes)); });
}

}  // namespace colonnade::train
