#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

namespace colonnade::mpi {

/// The name of a piece of work. A literal, because the watchdog's thread may read it at any time.
class Phase {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): so that a call names its phase as a literal.
  consteval Phase(const char* text) : text_(text) {}

  [[nodiscard]] const char* text() const { return text_; }

 private:
  const char* text_;
};

namespace detail {
/// Grows whenever this rank gets on; odd while it is in a call that waits for other ranks.
inline std::atomic<std::uint64_t> moves = 0;
inline std::atomic<const char*> phase = "start";
/// Makes `next` the phase, adds the time since the last change to the phase that ends, and returns
/// that.
const char* change_phase(const char* next) noexcept;
}  // namespace detail

/// Seconds that this rank's main thread has spent in each phase since the program began: the time
/// of an inner phase does not count for the one around it.
[[nodiscard]] std::map<std::string, double> phase_times_s();

/// Says that this rank gets on, in work of its own that may take minutes. Any thread may call it;
/// it takes nanoseconds.
inline void tick() noexcept {
  detail::moves.fetch_add(2, std::memory_order_relaxed);
}

/// Marks that the main thread is in a call that waits for other ranks. May be nested.
class Waiting {
 public:
  Waiting() noexcept
      : step_((detail::moves.load(std::memory_order_relaxed) & 1) != 0 ? std::uint64_t{2}
                                                                       : std::uint64_t{1}) {
    detail::moves.fetch_add(step_, std::memory_order_relaxed);
  }
  ~Waiting() { detail::moves.fetch_add(step_, std::memory_order_relaxed); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::uint64_t step_;
};

/// Names what the main thread does, for as long as it lives; then the phase around it goes on.
class InPhase {
 public:
  explicit InPhase(Phase phase) noexcept : outer_(detail::change_phase(phase.text())) {}
  ~InPhase() { detail::change_phase(outer_); }
  InPhase(const InPhase&) = delete;
  InPhase& operator=(const InPhase&) = delete;

 private:
  const char* outer_;
};

}  // namespace colonnade::mpi
