#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::mpi {

/// What a rank's watchdog tells the others.
struct WatchReport {
  double idle_s = 0.0;  ///< since the rank last got on
  bool is_waiting = false;
  bool is_ending = false;        ///< this rank is about to tell what is wrong, and to end the job
  std::array<char, 48> phase{};  ///< ends with a zero
};

/// What a watchdog knows of all ranks, and what follows from it. Times are seconds on the
/// watchdog's own clock, which starts at 0.
class WatchTable {
 public:
  WatchTable(int rank, int size, double limit_s);

  /// Takes the newest report of a rank, of this one too.
  void take(int rank, const WatchReport& report, double now_s);

  /// Whether a rank below `rank` is about to end the job.
  [[nodiscard]] bool is_ending_below(int rank) const;

  /// Once this rank has waited for the limit: the sentence that says who gives no answer, who works
  /// without getting on, and who waits. Nothing while another rank gets on, unless one that was
  /// heard before has fallen silent or stands still at its work.
  [[nodiscard]] std::optional<std::string> verdict(double now_s) const;

 private:
  struct Entry {
    WatchReport report{};
    double heard_s = 0.0;
    bool is_known = false;
  };
  enum class State { moving, waiting, working, silent, unknown };

  [[nodiscard]] State state_of(const Entry& entry, double now_s) const;

  int rank_;
  double limit_s_;
  std::vector<Entry> entries_;
};

}  // namespace colonnade::mpi
