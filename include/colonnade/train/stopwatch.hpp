#pragma once

#include <chrono>

namespace colonnade::train {

/// Measures the time between its calls.
class Stopwatch {
 public:
  /// Seconds since the last call, or since construction.
  double lap_s() { return lap_s(std::chrono::steady_clock::now()); }
  /// The same, as if it were `now`.
  double lap_s(std::chrono::steady_clock::time_point now) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Where the time of training steps went, on this rank; input and compute as member 0 of the team
/// sees them.
struct StepTimes {
  double input_s = 0.0;          ///< gathering rows into micro-batches, and waiting for the disc
  double compute_s = 0.0;        ///< forward, loss, backward, and waiting for the slowest thread
  double sum_s = 0.0;            ///< adding gradients
  double communication_s = 0.0;  ///< messages, and waiting for other ranks
  double optimiser_s = 0.0;      ///< norm and update
  double hash_s = 0.0;           ///< hashing, and comparing the ranks' weights
};

}  // namespace colonnade::train
