#pragma once

#include <colonnade/train/line_file.hpp>
#include <colonnade/train/trial.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace colonnade::train {

/// What decides a search's results: names and values, in the order in which differences are named.
using SearchOptions = std::vector<std::pair<std::string, std::string>>;

/// The file by which a search goes on after its job has died: a line for the options, for each
/// trial that begins, and for each that ends. Each line has a hash of its own; one that was cut off
/// by the end of the job does not count. On one process.
class SearchJournal {
 public:
  explicit SearchJournal(const std::string& path) : path_(path), file_(path) {}

  /// Begins a new file. Throws a storage error.
  void start(const SearchOptions& options);
  /// Goes on with the file; false if there is none. A trial that two jobs died with is lost. Throws
  /// a usage error that names the first option whose value was another, a data error where the file
  /// was damaged, and storage errors.
  bool resume(const SearchOptions& options);

  /// A trial is under way. Throws a storage error.
  void begin(const TrialKey& key);
  /// A trial has ended; one that was stopped is as if it had not begun. Throws a storage error.
  void end(const TrialKey& key, const TrialRecord& record);

  /// Of the trials that need not run again.
  [[nodiscard]] const std::map<TrialKey, TrialRecord>& records() const { return records_; }

 private:
  void add(const std::string& json);
  void take(const std::string& json);

  std::string path_;
  LineFile file_;
  std::map<TrialKey, TrialRecord> records_;
  std::map<TrialKey, int> begun_;  ///< how often, without an end
};

}  // namespace colonnade::train
