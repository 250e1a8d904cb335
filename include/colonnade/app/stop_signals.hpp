#pragma once

#include <string>

namespace colonnade::app {

/// Catches SIGTERM, SIGUSR1 and SIGINT for the life of the object, so that work can end in order;
/// a second SIGINT ends the process at once.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The number of the last signal that this process received; 0: none.
  static int received() noexcept;
};

/// "SIGTERM", "SIGUSR1" or "SIGINT".
std::string signal_name(int number);

}  // namespace colonnade::app
