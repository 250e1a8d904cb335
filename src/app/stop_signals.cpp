#include <colonnade/app/stop_signals.hpp>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

namespace colonnade::app {

namespace {

constexpr std::array stop_signals{SIGTERM, SIGUSR1, SIGINT};

std::atomic<int> last_received = 0;
std::atomic<bool> is_interrupted = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a handler may only touch what needs no lock");

void take_action(void (*action)(int), int number) {
  struct sigaction entry {};
  entry.sa_handler = action;
  entry.sa_flags = SA_RESTART;
  sigaction(number, &entry, nullptr);
}

void handle(int number) {
  last_received = number;
  if (number != SIGINT || !is_interrupted.exchange(true)) return;
  take_action(SIG_DFL, SIGINT);
  raise(SIGINT);
}

}  // namespace

StopSignals::StopSignals() {
  last_received = 0;
  is_interrupted = false;
  for (const int number : stop_signals) take_action(handle, number);
}

StopSignals::~StopSignals() {
  for (const int number : stop_signals) take_action(SIG_DFL, number);
}

int StopSignals::received() noexcept {
  return last_received;
}

std::string signal_name(int number) {
  return std::string("SIG") + sigabbrev_np(number);
}

}  // namespace colonnade::app
