#include <colonnade/mpi/activity.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace colonnade::mpi {

namespace {

using Clock = std::chrono::steady_clock;

struct Entry {
  const char* phase = nullptr;
  Clock::duration time{};
};

// Of the main thread alone. A literal may have several addresses, and more phases than entries
// share the last one.
std::array<Entry, 64> entries;
Clock::time_point changed = Clock::now();

void add_time(const char* phase, Clock::duration time) noexcept {
  auto* const entry = std::find_if(entries.begin(), entries.end() - 1, [&](const Entry& known) {
    return known.phase == phase || known.phase == nullptr;
  });
  entry->phase = phase;
  entry->time += time;
}

}  // namespace

const char* detail::change_phase(const char* next) noexcept {
  const char* const ended = phase.exchange(next, std::memory_order_relaxed);
  const auto now = Clock::now();
  add_time(ended, now - changed);
  changed = now;
  return ended;
}

std::map<std::string, double> phase_times_s() {
  detail::change_phase(detail::phase.load(std::memory_order_relaxed));
  std::map<std::string, double> times;
  for (const auto& entry : entries)
    if (entry.phase != nullptr)
      times[entry.phase] += std::chrono::duration<double>(entry.time).count();
  return times;
}

}  // namespace colonnade::mpi
