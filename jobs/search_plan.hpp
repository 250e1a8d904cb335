#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/column_source.hpp>
#include <colonnade/train/folds.hpp>
#include <colonnade/train/memory_plan.hpp>
#include <colonnade/train/search_journal.hpp>
#include <colonnade/train/search_plan.hpp>
#include <colonnade/train/search_space.hpp>
#include <colonnade/train/trainer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::jobs {

/// What a search will do, the same on all ranks.
struct SearchPlan {
  std::vector<train::Configuration> configurations;
  std::vector<train::TrainerConfig> configs;  ///< of each, for all epochs
  std::vector<train::Rung> rungs;
  std::int64_t fold_count = 1;
  std::optional<train::Folds> folds;  ///< nothing: the file's own splits
  std::int64_t most_ranks = 1;        ///< that a trial can use
  train::MemoryPlan memory;           ///< of the trial that takes most
  train::SearchOptions options;

  [[nodiscard]] std::vector<int> team_sizes(std::int64_t trials, int ranks) const {
    return train::team_sizes(trials, ranks, most_ranks);
  }
};

/// What train is told for a configuration, with its run at `out`. Throws a usage error.
app::Arguments train_arguments(const app::Arguments& arguments,
                               const train::Configuration& configuration, const std::string& out);

/// The configurations that the options ask for. Throws a usage error where one of them is none.
std::vector<train::Configuration> configurations_of(const app::Arguments& arguments);

/// **Collective.** Throws on all ranks a usage error for what train would refuse.
SearchPlan plan_search(const app::Arguments& arguments, const mpi::Communicator& comm,
                       const data::PreparedFile& file);

/// The columns of a fold of the file, read by all ranks of `comm`.
train::ColumnSource source_of_fold(const SearchPlan& plan, std::int64_t fold,
                                   const mpi::Communicator& comm,
                                   const train::ColumnSource& source);

/// The text of best.ini, which train takes: the options that decide what is trained.
std::string best_ini(const app::Arguments& arguments, const train::Configuration& configuration);

/// "hidden=256 lr=1e-3".
std::string text_of(const train::Configuration& configuration);

/// The plan on standard output.
void print_plan(const SearchPlan& plan, const mpi::Communicator& comm,
                const data::PreparedFile& file);

}  // namespace colonnade::jobs
