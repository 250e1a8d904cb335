#pragma once

#include <colonnade/train/search_space.hpp>
#include <colonnade/train/trial.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

/// Mean and standard deviation (of the values themselves, as numpy's std) over folds.
struct Spread {
  double mean = 0.0;
  double std = 0.0;
};

/// One configuration of a search, in the last rung that it came to.
struct SearchRow {
  std::int64_t configuration = 0;  ///< from 0
  std::int64_t rung = 0;
  std::vector<TrialRecord> folds{};
  /// "done", "halved" (left behind in an earlier rung), "failed" or "lost".
  std::string status{};
  std::string message{};         ///< of the first fold that brought no loss
  std::optional<Spread> loss{};  ///< where all folds brought one
  std::optional<Spread> accuracy{};
  std::int64_t rank = 0;  ///< from 1, the best; 0: none
};

/// The rows of all configurations, in their order; those without a record in any rung are left out.
/// Ranked are, from the last rung down, those that have a loss, by its mean, then in their order.
std::vector<SearchRow> search_rows(const std::map<TrialKey, TrialRecord>& records,
                                   std::int64_t folds);

/// The text of search.csv, the same on any machine shape; `configurations` have the same keys.
std::string search_csv(const std::vector<SearchRow>& rows,
                       const std::vector<Configuration>& configurations);

/// The text of times.csv: seconds and ranks of each trial.
std::string times_csv(const std::map<TrialKey, TrialRecord>& records);

/// What the terminal shows: the best `most` of those that are ranked, then those that failed, with
/// the mean time of a trial.
std::string search_text(const std::vector<SearchRow>& rows,
                        const std::vector<Configuration>& configurations, std::size_t most);

}  // namespace colonnade::train
