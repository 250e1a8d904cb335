#include "train_run.hpp"

#include <colonnade/app/job_end.hpp>
#include <colonnade/app/log.hpp>
#include <colonnade/app/stop_signals.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <limits>
#include <utility>

namespace colonnade::jobs {

using base::ErrorKind;
using train::EpochReport;

namespace {

/// What a rank asks of all with a step: the number of a signal, and the root's two wishes.
constexpr std::uint32_t signal_bits = 0xff, checkpoint_bit = 0x100, time_up_bit = 0x200;

/// What the end of a job needs beyond three checkpoints and a step, as measured: so many seconds,
/// but no larger part of a short job's time.
constexpr double most_margin_s = 30.0, margin_part = 0.25;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

constexpr const char* time_limit = "ahead of the job's time limit";

/// Who wants the run to stop, and why; "" when nobody does.
std::string reason_to_stop(std::span<const std::uint32_t> requests) {
  for (std::size_t rank = 0; rank < requests.size(); ++rank)
    if (const auto signal = requests[rank] & signal_bits; signal != 0)
      return fmt::format("on request ({} on rank {})", app::signal_name(static_cast<int>(signal)),
                         rank);
  return (requests.front() & time_up_bit) != 0 ? time_limit : "";
}

std::string epoch_line(const EpochReport& report, std::int64_t epochs) {
  return fmt::format(
      "epoch {}/{}: training loss {:.6g}, validation loss {:.6g}{}, {} columns/s, {}", report.epoch,
      epochs, report.train_loss, report.validation_loss, report.is_best ? " (best)" : "",
      base::human_rate(report.columns_per_second), base::human_duration(report.seconds));
}

}  // namespace

TrainRun::TrainRun(const mpi::Communicator& comm, const TrainPlan& plan,
                   const data::PreparedFile& file, train::RunDirectory& directory)
    : comm_(comm),
      plan_(plan),
      file_(file),
      directory_(directory),
      progress_(std::cerr, app::Progress::style_of_stderr(comm.is_root(), plan.is_quiet)),
      writer_(directory.file("checkpoints"), plan.keep_checkpoints) {
  if (!comm_.is_root()) return;
  job_end_ = app::job_end();
  margin_s_ = std::clamp(margin_part * left_s(), 0.0, most_margin_s);
}

void TrainRun::operator()(const train::ColumnSource& source, train::FoundCheckpoint found) {
  trainer_.emplace(comm_, plan_.config, source, progress_.sink());
  try {
    run(std::move(found));
  } catch (const mpi::AgreedError& error) {
    throw with_way_on(error);
  }
}

void TrainRun::run(train::FoundCheckpoint found) {
  start(std::move(found));
  const bool was_finished = trainer_->is_finished();
  last_checkpoint_ = last_step_ = Clock::now();
  const auto result = trainer_->run(
      {.on_epoch = [this](const EpochReport& report) { end_epoch(report); },
       .request = [this] { return request(); },
       .on_step = [this](std::span<const std::uint32_t> requests) { end_step(requests); }});
  if (!was_finished) write_last_checkpoint();
  finish(result);
}

void TrainRun::start(train::FoundCheckpoint found) {
  const bool resumes = comm_.max(found.checkpoint ? 1 : 0) == 1;
  directory_.start(plan_.config_ini, tables_of(found.checkpoint));
  mpi::agreed_on_root(comm_, "log", [&] { log_ = app::make_log(directory_.file("log.txt")); });
  if (comm_.is_root()) tell(trainer_->memory().text());
  for (const auto& error : found.passed_over) warn(fmt::format("{}; passed over", error.what()));
  if (!resumes) return;
  newest_ = found.path;
  const auto checkpoint = std::move(found.checkpoint).value_or(train::Checkpoint{});
  trainer_->restore(checkpoint.state);
  best_ = checkpoint.best;
  comm_.broadcast(std::span(&best_.report, 1));
  last_ = checkpoint.last;
  if (best_.report.epoch > 0) write_model("model.h5", best_);
  write_summary("running");
  if (!comm_.is_root()) return;
  if (const auto here = nn::instruction_set(); checkpoint.instruction_set != here)
    warn(
        fmt::format("{} was written with instruction set {}, and this is {}: the weights will not "
                    "have the bits of an undisturbed run",
                    found.path, checkpoint.instruction_set, here));
  tell(trainer_->is_finished()
           ? fmt::format("the run is finished already: {}", found.path)
           : fmt::format("resumed at epoch {} step {}, from {}", trainer_->position().epoch + 1,
                         trainer_->position().step, found.path));
}

train::RunTables TrainRun::tables_of(const std::optional<train::Checkpoint>& found) const {
  auto tables = found ? found->tables : train::RunTables{};
  if (tables.hashes.empty() && plan_.hash_every > 0)
    tables.hashes = train::hashes_head(plan_.config.shape) + '\n';
  return tables;
}

void TrainRun::finish(const train::TrainResult& result) {
  const auto weights = trainer_->model_weights();
  write_model("final.h5", {last_, {weights.begin(), weights.end()}});
  write_summary(result.stopped_early ? "stopped early" : "done",
                base::hex(base::hash_values(weights)));
  if (!comm_.is_root()) return;
  tell(fmt::format("{}: the best epoch is {}, with a loss of {:.6g}",
                   result.stopped_early ? "stopped early" : "done", result.best_epoch,
                   result.best_loss));
  if (result.columns_per_second > 0.0)
    fmt::print("throughput {:.0f} columns/s\n", result.columns_per_second);
  fmt::print("weights {}\n", base::hex(base::hash_values(weights)));
  if (!plan_.is_quiet)
    fmt::print("wrote {} and {}\n", directory_.file("model.h5"), directory_.file("final.h5"));
}

void TrainRun::end_epoch(const EpochReport& report) {
  trainer_->expect_same_weights();
  last_ = report;
  directory_.add(report);
  if (report.is_best) {
    best_.report = report;
    const auto weights = trainer_->model_weights();
    mpi::agreed_on_root(comm_, "keeping the best weights",
                        [&] { best_.weights.assign(weights.begin(), weights.end()); });
    write_model("model.h5", best_);
    write_summary("running");
  }
  if (comm_.is_root()) tell(epoch_line(report, plan_.config.epochs));
}

std::uint32_t TrainRun::request() {
  auto request = static_cast<std::uint32_t>(app::StopSignals::received());
  if (!comm_.is_root()) return request;
  tell_written(writer_.poll());
  const double every_s = plan_.cadence.seconds;
  if (every_s > 0.0 && seconds_since(last_checkpoint_) >= every_s) request |= checkpoint_bit;
  if (is_time_up()) request |= time_up_bit;
  return request;
}

double TrainRun::left_s() const {
  if (!job_end_) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double>(*job_end_ - std::chrono::system_clock::now()).count();
}

bool TrainRun::is_time_up() const {
  return left_s() < 3 * (checkpoint_s_ + written_s_) + longest_step_s_ + margin_s_;
}

void TrainRun::end_step(std::span<const std::uint32_t> requests) {
  longest_step_s_ = std::max(longest_step_s_, seconds_since(last_step_));
  last_step_ = Clock::now();
  ++steps_;
  const std::int64_t step = trainer_->step_count();
  hash_step();
  if (const std::string reason = reason_to_stop(requests); !reason.empty()) stop(reason);
  const std::int64_t every = plan_.cadence.steps;
  if ((requests.front() & checkpoint_bit) != 0 || (every > 0 && step % every == 0))
    write_checkpoint();
}

void TrainRun::stop(const std::string& reason) {
  write_last_checkpoint();
  write_summary("stopped");
  const auto& position = trainer_->position();
  const std::string text =
      fmt::format("stopped {} at epoch {} step {}", reason, position.epoch + 1, position.step);
  if (comm_.is_root()) log_->info(text);
  progress_.end_line();
  // Put back into the queue, such a job would come back for ever.
  if (reason == time_limit && steps_ == 1)
    throw mpi::AgreedError(ErrorKind::usage, text + ", after a single step",
                           {.hint = "give the job more time, and resume with --resume auto"});
  throw mpi::AgreedError(ErrorKind::stopped, text + ": resume with --resume auto");
}

void TrainRun::hash_step() {
  const std::int64_t step = trainer_->step_count(), every = plan_.hash_every;
  if (every > 0 && (step == 1 || step % every == 0)) directory_.add(trainer_->hash_step());
}

void TrainRun::write_checkpoint() {
  const auto begin = Clock::now();
  trainer_->expect_same_weights();
  if (comm_.is_root()) tell_written(writer_.wait());
  auto state = trainer_->state();
  if (!comm_.is_root()) return;
  writer_.start(trainer_->step_count(), {plan_.result_options, std::move(state), best_, last_,
                                         directory_.tables(), nn::instruction_set()});
  checkpoint_s_ = seconds_since(begin);
  last_checkpoint_ = Clock::now();
}

void TrainRun::write_last_checkpoint() {
  write_checkpoint();
  mpi::agreed_on_root(comm_, "checkpoint", [&] {
    const auto written = writer_.wait();
    if (written->error) throw base::Error(*written->error);
    tell_written(written);
  });
}

void TrainRun::tell_written(const std::optional<train::WrittenCheckpoint>& written) {
  if (!written) return;
  written_s_ = written->seconds;
  if (written->error) {
    warn(fmt::format("the checkpoint after step {} could not be written: {}{}", written->step,
                     written->error->what(), newest_.empty() ? "" : "; the one before stays"));
    return;
  }
  newest_ = written->path;
  log_->info("checkpoint after step {}: training stood still for {:.4f} s, written in {:.4f} s",
             written->step, checkpoint_s_, written->seconds);
}

/// The error of a file or a disc that refused, with what the run can go on from.
mpi::AgreedError TrainRun::with_way_on(const mpi::AgreedError& error) {
  if (comm_.is_root()) tell_written(writer_.wait());
  if (error.kind() != ErrorKind::storage || newest_.empty()) return error;
  auto facts = error.facts();
  if (!facts.hint.empty()) facts.hint += "; ";
  facts.hint += newest_ + " is whole: go on from it with --resume";
  return {error.kind(), error.sentence(), std::move(facts)};
}

void TrainRun::tell(const std::string& line) {
  log_->info(line);
  progress_.end_line();
  if (!plan_.is_quiet) fmt::print("{}\n", line);
  std::fflush(stdout);
}

void TrainRun::warn(const std::string& line) {
  log_->warn(line);
  progress_.end_line();
  fmt::print(stderr, "colonnade train: warning: {}\n", line);
}

}  // namespace colonnade::jobs
