#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/run_directory.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace colonnade::train {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

constexpr const char* metrics_head =
    "epoch,step,learning_rate,train_loss,validation_loss,columns_per_second,seconds,input_s,"
    "compute_s,sum_s,communication_s,optimiser_s,validation_s";

void check(const std::string& path, bool force) {
  std::error_code ignored;
  const auto folder = fs::absolute(path, ignored).parent_path();
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorKind::storage, "the folder of the output does not exist",
                {.file = folder.string(), .hint = "make it, or choose another --out"});
  if (!fs::exists(path, ignored)) return;
  if (!force)
    throw Error(ErrorKind::usage, "the output exists already",
                {.file = path, .hint = "choose another --out, or --force"});
  const bool is_run =
      fs::is_directory(path, ignored) &&
      (fs::is_empty(path, ignored) || fs::exists(fs::path(path) / "config.ini", ignored));
  if (!is_run)
    throw Error(ErrorKind::usage, "--force replaces run directories only, and this is none",
                {.file = path, .hint = "choose another --out"});
}

/// `path` without slashes at its end.
std::string trimmed(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

RunDirectory::RunDirectory(const mpi::Communicator& comm, const std::string& path, bool force)
    : comm_(comm), path_(trimmed(path)) {
  mpi::agreed_on_root(comm_, "output", [&] { check(path_, force); });
}

void RunDirectory::start(const std::string& config_ini) {
  mpi::agreed_on_root(comm_, "output", [&] {
    try {
      fs::remove_all(path_);
      fs::create_directory(path_);
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorKind::storage, "cannot make the run directory",
                  {.file = path_, .value = error.code().message()});
    }
    io::write_text_file(file("config.ini"), config_ini);
    metrics_.open(file("metrics.csv"));
    write_line(metrics_head);
  });
}

void RunDirectory::add(const EpochReport& report) {
  mpi::agreed_on_root(comm_, "metrics", [&] {
    const StepTimes& times = report.times;
    write_line(fmt::format(
        "{},{},{:.9g},{:.9g},{:.9g},{:.6g},{:.3f},{:.4f},{:.4f},{:.4f},{:.4f},"
        "{:.4f},{:.4f}",
        report.epoch, report.step, report.learning_rate, report.train_loss, report.validation_loss,
        report.columns_per_second, report.seconds, times.input_s, times.compute_s, times.sum_s,
        times.communication_s, times.optimiser_s, report.validation_s));
  });
}

void RunDirectory::write_line(const std::string& line) {
  metrics_ << line << '\n' << std::flush;
  if (!metrics_)
    throw Error(ErrorKind::storage, "cannot write the metrics",
                {.file = file("metrics.csv"), .value = std::strerror(errno)});
}

}  // namespace colonnade::train
