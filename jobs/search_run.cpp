#include "search_run.hpp"

#include <colonnade/app/job_end.hpp>
#include <colonnade/app/log.hpp>
#include <colonnade/app/stop_signals.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/teams.hpp>
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/nn/mlp.hpp>
#include <colonnade/train/class_evaluation.hpp>
#include <colonnade/train/search_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <utility>

namespace colonnade::jobs {

using base::Error;
using base::ErrorKind;
using train::TrialKey;
using train::TrialRecord;
using train::TrialStatus;

namespace {

/// What the end of a job needs, but no larger part of a short job's time.
constexpr double most_margin_s = 30.0, margin_part = 0.25;

double seconds_to(const std::optional<std::chrono::system_clock::time_point>& end) {
  if (!end) return std::numeric_limits<double>::infinity();
  return std::chrono::duration<double>(*end - std::chrono::system_clock::now()).count();
}

/// Whether the trial failed by its own options or numbers, which says nothing of the others.
bool is_of_the_trial(const Error& error) {
  return error.kind() == ErrorKind::numeric || error.kind() == ErrorKind::usage;
}

/// Epochs of a trial, unless --patience ends it before.
std::int64_t epochs_of(const SearchPlan& plan, const TrialKey& key) {
  return plan.rungs.size() > 1 ? plan.rungs[static_cast<std::size_t>(key.rung)].epochs
                               : plan.configs[static_cast<std::size_t>(key.configuration)].epochs;
}

/// What a configuration's trial costs, but for a factor that all have alike.
double cost_of(const train::TrainerConfig& config) {
  return static_cast<double>(nn::parameter_count(config.shape)) *
         static_cast<double>(config.epochs);
}

}  // namespace

SearchRun::SearchRun(const mpi::Communicator& comm, const SearchPlan& plan, const std::string& data,
                     const SearchFolder& folder, bool is_quiet)
    : comm_(comm),
      plan_(plan),
      data_(data),
      folder_(folder),
      progress_(std::cerr, app::Progress::style_of_stderr(comm.is_root(), is_quiet)),
      journal_(folder.file("trials.jsonl")) {
  for (std::size_t rung = 0; rung < plan.rungs.size(); ++rung)
    for (std::int64_t i = 0; i < plan.rungs[rung].configurations; ++i)
      epochs_in_all_ += plan.fold_count * epochs_of(plan, {.rung = static_cast<std::int64_t>(rung),
                                                           .configuration = i});
  if (!comm_.is_root()) return;
  job_end_ = app::job_end();
  margin_s_ = std::clamp(margin_part * seconds_to(job_end_), 0.0, most_margin_s);
}

void SearchRun::operator()(bool resumes) {
  mpi::agreed_on_root(comm_, "journal", [&] {
    log_ = app::make_log(folder_.file("log.txt"));
    if (!resumes || !journal_.resume(plan_.options)) journal_.start(plan_.options);
  });
  std::vector<std::int64_t> configurations(plan_.configurations.size());
  std::iota(configurations.begin(), configurations.end(), std::int64_t{0});
  for (std::size_t rung = 0; rung < plan_.rungs.size(); ++rung) {
    if (rung > 0) configurations = next_rung(rung);
    std::vector<TrialKey> trials;
    for (const auto configuration : configurations)
      for (std::int64_t fold = 0; fold < plan_.fold_count; ++fold)
        trials.push_back({static_cast<std::int64_t>(rung), configuration, fold});
    run_rung(trials);
  }
  progress_.end_line();
}

/// The configurations that go on, by their losses in the rung before; the root knows them.
std::vector<std::int64_t> SearchRun::next_rung(std::size_t rung) {
  std::vector<std::int64_t> chosen;
  if (comm_.is_root()) {
    std::map<TrialKey, TrialRecord> before;
    for (const auto& [key, record] : records())
      if (key.rung + 1 == static_cast<std::int64_t>(rung)) before.emplace(key, record);
    const auto rows = train::search_rows(before, plan_.fold_count);
    std::vector<std::optional<double>> losses;
    losses.reserve(rows.size());
    for (const auto& row : rows)
      losses.push_back(row.loss ? std::optional(row.loss->mean) : std::nullopt);
    const auto count = static_cast<std::size_t>(plan_.rungs[rung].configurations);
    for (const std::size_t i : train::best_of(losses, count))
      chosen.push_back(rows[i].configuration);
  }
  return comm_.concatenate(std::span<const std::int64_t>(chosen));
}

/// Those that the journal does not have, the costliest first, so that none begins when all others
/// have ended.
std::vector<std::size_t> SearchRun::open_trials(const std::vector<TrialKey>& trials) {
  std::vector<std::int64_t> open;
  for (std::size_t i = 0; comm_.is_root() && i < trials.size(); ++i)
    if (records().contains(trials[i]))
      epochs_done_ += epochs_of(plan_, trials[i]);
    else
      open.push_back(static_cast<std::int64_t>(i));
  open = comm_.concatenate(std::span<const std::int64_t>(open));
  const auto cost = [&](std::size_t trial) {
    return cost_of(plan_.configs[static_cast<std::size_t>(trials[trial].configuration)]);
  };
  std::vector<std::size_t> tasks(open.begin(), open.end());
  std::stable_sort(tasks.begin(), tasks.end(),
                   [&](std::size_t a, std::size_t b) { return cost(a) > cost(b); });
  return tasks;
}

void SearchRun::run_rung(const std::vector<TrialKey>& trials) {
  auto tasks = open_trials(trials);
  if (tasks.empty()) return;
  const mpi::Teams teams(comm_,
                         plan_.team_sizes(static_cast<std::int64_t>(tasks.size()), comm_.size()));
  std::optional<Team> team;
  if (teams.own()) {
    team.emplace(Team{*teams.own(), data::PreparedFile::open(*teams.own(), data_), {}});
    team->source = train::source_of(team->file);
  }
  std::optional<mpi::Deal> deal;
  deal.emplace(comm_, teams, std::move(tasks), listener(trials, deal));
  const bool is_stopped =
      deal->run([&](std::size_t task) { return train(trials[task], *team, *deal).text(); });
  mpi::agree(comm_, "trials", failure_);
  if (is_stopped) stop();
}

mpi::Deal::Listener SearchRun::listener(const std::vector<TrialKey>& trials,
                                        std::optional<mpi::Deal>& deal) {
  const auto write = [this, &deal](const std::function<void()>& work) {
    if (auto error = mpi::error_of(work)) {
      if (!failure_) failure_ = std::move(error);
      deal->stop();
    }
  };
  return {.on_start = [this, &trials, write](std::size_t task,
                                             int) { write([&] { journal_.begin(trials[task]); }); },
          .on_end =
              [this, &trials, &deal, write](std::size_t task, const std::string& text) {
                const auto record = TrialRecord::from_text(text);
                if (record.status == TrialStatus::broken) {
                  deal->stop();
                  return;
                }
                write([&] { journal_.end(trials[task], record); });
                if (record.status == TrialStatus::stopped) return;
                epochs_done_ += epochs_of(plan_, trials[task]);
                ++ended_;
                tell_end(trials[task], record);
              },
          .wants_stop =
              [this] {
                return app::StopSignals::received() != 0 || (comm_.is_root() && is_time_up());
              }};
}

TrialRecord SearchRun::train(const TrialKey& key, const Team& team, mpi::Deal& deal) {
  const auto begin = Clock::now();
  TrialRecord record;
  try {
    attempt(key, team, deal, record);
  } catch (const mpi::AgreedError& error) {
    record.status = error.kind() == ErrorKind::stopped ? TrialStatus::stopped
                    : is_of_the_trial(error)           ? TrialStatus::failed
                                                       : TrialStatus::broken;
    // Told by the rank that it happened on, so that this one is named.
    const int failed = error.facts().rank.value_or(0);
    if (record.status == TrialStatus::broken && failed == team.comm.rank()) failure_ = error;
    if (record.status == TrialStatus::failed) record.message = error.what();
  }
  record.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  record.ranks = team.comm.size();
  return record;
}

/// Fills `record` as the trial goes on.
void SearchRun::attempt(const TrialKey& key, const Team& team, mpi::Deal& deal,
                        TrialRecord& record) {
  auto config = plan_.configs[static_cast<std::size_t>(key.configuration)];
  config.epochs = epochs_of(plan_, key);
  const auto columns = source_of_fold(plan_, key.fold, team.comm, team.source);
  const auto poll = [&](std::string_view, std::int64_t, std::int64_t) { deal.poll(); };
  const bool tells_classes = team.file.recipe().classes.has_value();
  train::Trainer trainer(team.comm, config, columns, poll);
  std::vector<float> best;
  const auto result = trainer.run(
      {.on_epoch =
           [&](const train::EpochReport& report) {
             record.epochs = report.epoch;
             if (!tells_classes || !report.is_best) return;
             const auto weights = trainer.model_weights();
             best.assign(weights.begin(), weights.end());
           },
       .request = [&] { return deal.poll() ? std::uint32_t{1} : std::uint32_t{0}; },
       .on_step =
           [](std::span<const std::uint32_t> requests) {
             if (std::find(requests.begin(), requests.end(), std::uint32_t{1}) != requests.end())
               throw mpi::AgreedError(ErrorKind::stopped, "the search stops");
           }});
  record.loss = result.best_loss;
  record.best_epoch = result.best_epoch;
  if (!tells_classes || columns.validation.empty()) return;
  const auto evaluation = train::evaluate_classes(
      team.comm, {nn::folded(config.shape), team.file.recipe(), std::move(best), ""}, columns,
      columns.validation, {.threads = config.threads}, poll);
  record.accuracy = evaluation.model.accuracy();
}

void SearchRun::tell_end(const TrialKey& key, const TrialRecord& record) {
  const auto& configuration = plan_.configurations[static_cast<std::size_t>(key.configuration)];
  const std::string outcome = record.status == TrialStatus::done
                                  ? fmt::format("loss {:.6g}", record.loss)
                                  : fmt::format("failed: {}", record.message);
  log_->info("configuration {} ({}), fold {}, {} epochs: {}; {:.3f} s on {} ranks",
             key.configuration + 1, text_of(configuration), key.fold + 1, record.epochs, outcome,
             record.seconds, record.ranks);
  progress_.report("searching, epochs of all trials", epochs_done_, epochs_in_all_);
}

bool SearchRun::is_time_up() const {
  return seconds_to(job_end_) < margin_s_;
}

void SearchRun::stop() {
  progress_.end_line();
  const int signal = comm_.max(app::StopSignals::received());
  std::int64_t ended = ended_;
  comm_.broadcast(std::span(&ended, 1));
  const std::string text =
      fmt::format("stopped {} after {} trials of this job",
                  signal != 0 ? fmt::format("on request ({})", app::signal_name(signal))
                              : "ahead of the job's time limit",
                  ended);
  if (comm_.is_root()) log_->info(text);
  // Put back into the queue, such a job would come back for ever.
  if (signal == 0 && ended == 0)
    throw mpi::AgreedError(ErrorKind::usage, text,
                           {.hint = "give the job more time, and resume with --resume auto"});
  throw mpi::AgreedError(ErrorKind::stopped, text + ": resume with --resume auto");
}

}  // namespace colonnade::jobs
