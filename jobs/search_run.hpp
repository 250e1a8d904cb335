#pragma once

#include "search_folder.hpp"
#include "search_plan.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/deal.hpp>
#include <colonnade/train/search_journal.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::jobs {

/// Trains all trials of a search, those apart that its journal has.
class SearchRun {
 public:
  SearchRun(const mpi::Communicator& comm, const SearchPlan& plan, const std::string& data,
            const SearchFolder& folder, bool is_quiet);

  /// **Collective.** Runs to the end; with `resumes` it goes on with the folder's journal, if there
  /// is one. Throws on all ranks ErrorKind::stopped when a rank was asked to stop,
  /// ErrorKind::usage when the job's time is too short for a trial or the journal is of another
  /// search, and the storage or data error that ended a trial.
  void operator()(bool resumes);

  /// What has come of the trials, on the root.
  [[nodiscard]] const std::map<train::TrialKey, train::TrialRecord>& records() const {
    return journal_.records();
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// What the ranks of a team work with.
  struct Team {
    mpi::Communicator comm;
    data::PreparedFile file;
    train::ColumnSource source;
  };

  void run_rung(const std::vector<train::TrialKey>& trials);
  [[nodiscard]] std::vector<std::size_t> open_trials(const std::vector<train::TrialKey>& trials);
  train::TrialRecord train(const train::TrialKey& key, const Team& team, mpi::Deal& deal);
  void attempt(const train::TrialKey& key, const Team& team, mpi::Deal& deal,
               train::TrialRecord& record);
  mpi::Deal::Listener listener(const std::vector<train::TrialKey>& trials,
                               std::optional<mpi::Deal>& deal);
  std::vector<std::int64_t> next_rung(std::size_t rung);
  void tell_end(const train::TrialKey& key, const train::TrialRecord& record);
  [[nodiscard]] bool is_time_up() const;
  [[noreturn]] void stop();

  const mpi::Communicator& comm_;
  const SearchPlan& plan_;
  const std::string& data_;
  const SearchFolder& folder_;
  app::Progress progress_;
  std::optional<base::Error> failure_;  ///< of this rank, that ends the search

  // The root's alone.
  train::SearchJournal journal_;
  std::shared_ptr<spdlog::logger> log_;
  std::optional<std::chrono::system_clock::time_point> job_end_;
  double margin_s_ = 0.0;         ///< kept for the end of the job
  std::int64_t ended_ = 0;        ///< trials, in this job
  std::int64_t epochs_done_ = 0;  ///< of all trials
  std::int64_t epochs_in_all_ = 0;
};

}  // namespace colonnade::jobs
