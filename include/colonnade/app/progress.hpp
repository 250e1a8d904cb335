#pragma once

#include <colonnade/base/progress.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace colonnade::app {

/// Shows how far the work is: on a terminal one live line, rewritten at most four times a second;
/// else a plain line at every tenth of a phase, a second apart at least, and at its end.
class Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  enum class Style { silent, lines, live };

  Progress(std::ostream& out, Style style, Clock clock = std::chrono::steady_clock::now);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What style standard error deserves: silent under --quiet and on ranks other than 0, live on a
  /// terminal.
  static Style style_of_stderr(bool is_root, bool quiet);

  /// Takes a report: a new phase, by its name up to a comma, ends the line of the one before.
  void report(std::string_view phase, std::int64_t done, std::int64_t total);
  /// Reports to this object, which must outlive the sink.
  base::ProgressSink sink();
  /// Ends the live line, so that other output starts on a line of its own.
  void end_line();

 private:
  void begin(std::string_view phase, std::int64_t done);
  bool is_due(std::int64_t done, std::int64_t total);
  [[nodiscard]] std::string line(std::int64_t done, std::int64_t total) const;

  std::ostream& out_;
  Style style_;
  Clock clock_;
  std::string phase_;
  std::int64_t first_ = 0;  ///< units done when the phase began: the rate leaves them out
  std::int64_t tenths_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_;
  bool is_open_ = false;  ///< a live line waits for its end
};

}  // namespace colonnade::app
