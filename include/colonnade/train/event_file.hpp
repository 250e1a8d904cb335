#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace colonnade::train {

/// What metrics.csv holds, as a file of events that TensorBoard reads: a scalar for each column,
/// by step and wall time. On one process.
class EventFile {
 public:
  /// The file goes to the folder `path`.
  explicit EventFile(std::string path) : path_(std::move(path)) {}

  /// Makes the folder, removes the events of an earlier start from it, and begins anew with the
  /// lines of a metrics.csv, its head first; rows that were cut off it TensorBoard forgets as well.
  /// Throws a storage error.
  void start(const std::string& metrics);
  /// Appends a line of metrics.csv, and hands it to the system. Throws a storage error.
  void add(const std::string& line);

  /// Whether files of this name are made here.
  static bool is_own(const std::string& name);

 private:
  void write(const std::string& event);
  void check();
  [[nodiscard]] double seconds_of(const std::string& line) const;

  std::string path_, name_;
  std::vector<std::string> columns_;
  double start_s_ = 0.0;  ///< when the run's clock began, since 1970
  std::ofstream file_;
};

}  // namespace colonnade::train
