#pragma once

#include <string>

namespace colonnade::app {

/// The cores that this process may run on, as ranges: "0-3,8".
struct Binding {
  int cores = 0;
  std::string list{};
  int of_machine = 0;  ///< cores that there are
};

/// The binding of the calling process (sched_getaffinity).
Binding binding();

/// What to tell a user whose threads share cores, with the flag that helps; "" when each thread has
/// a core.
std::string binding_warning(const Binding& binding, int threads);

}  // namespace colonnade::app
