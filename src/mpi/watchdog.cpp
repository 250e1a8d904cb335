#include "mpi/mailbox.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/watch_table.hpp>
#include <colonnade/mpi/watchdog.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

namespace colonnade::mpi {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a rank that is about to end the job listens for a lower one with the same mind.
constexpr double tie_s = 0.25;
/// How long those that say nothing leave the one that speaks.
constexpr auto silence = std::chrono::seconds(1);

}  // namespace

class Watchdog::Patrol {
 public:
  Patrol(const Communicator& comm, double limit_s)
      : rank_(comm.rank()),
        size_(comm.size()),
        interval_s_(limit_s / 8),
        mailbox_(comm),
        table_(rank_, size_, limit_s),
        thread_([this](const std::stop_token& stop) { walk(stop); }) {}
  ~Patrol() {
    thread_.request_stop();
    mailbox_.wake();
  }
  Patrol(const Patrol&) = delete;
  Patrol& operator=(const Patrol&) = delete;

 private:
  void walk(const std::stop_token& stop);
  void pass_time();
  void look();
  void listen();
  void judge();
  [[noreturn]] void end_job(const std::string& sentence) const;

  int rank_;
  int size_;
  double interval_s_;  ///< between two reports
  Mailbox mailbox_;
  WatchTable table_;
  double now_s_ = 0.0;
  Clock::time_point woke_ = Clock::now();
  double sent_s_ = 0.0;
  double moved_s_ = 0.0;
  std::uint64_t moves_ = 0;
  WatchReport mine_{};
  std::optional<double> ending_since_s_;
  std::jthread thread_;  ///< the last: it uses all others
};

void Watchdog::Patrol::walk(const std::stop_token& stop) {
  look();
  mailbox_.send_to_all(mine_);
  while (!stop.stop_requested()) {
    mailbox_.wait(std::min(interval_s_, tie_s));
    pass_time();
    listen();
    look();
    judge();
  }
}

/// A process that was stopped wakes up with a leap of the clock, which does not count.
void Watchdog::Patrol::pass_time() {
  const auto now = Clock::now();
  const double passed_s = std::chrono::duration<double>(now - woke_).count();
  now_s_ += std::min(passed_s, 2 * interval_s_);
  woke_ = now;
}

void Watchdog::Patrol::listen() {
  while (const auto letter = mailbox_.receive()) table_.take(letter->first, letter->second, now_s_);
}

/// Looks at what the main thread does, and tells the others when it is time.
void Watchdog::Patrol::look() {
  const std::uint64_t moves = detail::moves.load(std::memory_order_relaxed);
  if (moves != moves_) moved_s_ = now_s_;
  moves_ = moves;
  mine_.is_waiting = (moves & 1) != 0;
  mine_.idle_s = now_s_ - moved_s_;
  std::strncpy(mine_.phase.data(), detail::phase.load(std::memory_order_relaxed),
               mine_.phase.size() - 1);
  table_.take(rank_, mine_, now_s_);
  if (now_s_ - sent_s_ < interval_s_) return;
  sent_s_ = now_s_;
  mailbox_.send_to_all(mine_);
}

void Watchdog::Patrol::judge() {
  const auto sentence = table_.verdict(now_s_);
  if (!sentence) {
    ending_since_s_.reset();
    mine_.is_ending = false;
    return;
  }
  if (!ending_since_s_) {
    // Another rank that was first has said it already, or is about to.
    if (table_.is_ending_below(size_)) end_job("");
    ending_since_s_ = now_s_;
    mine_.is_ending = true;
    mailbox_.send_to_all(mine_);
  } else if (now_s_ - *ending_since_s_ >= tie_s) {
    end_job(table_.is_ending_below(rank_) ? "" : *sentence);
  }
}

/// Without a sentence: in silence, after a while.
void Watchdog::Patrol::end_job(const std::string& sentence) const {
  if (sentence.empty())
    std::this_thread::sleep_for(silence);
  else
    fmt::print(stderr, "colonnade: error: {}\n", sentence);
  std::fflush(stderr);
  ::_exit(static_cast<int>(base::ErrorKind::internal));
}

Watchdog::Watchdog(const Communicator& comm, double limit_s) : comm_(comm) {
  if (limit_s > 0.0 && comm.size() > 1) patrol_ = std::make_unique<Patrol>(comm, limit_s);
}

Watchdog::~Watchdog() {
  if (!patrol_) return;
  const InPhase phase("end");
  comm_.barrier();
}

}  // namespace colonnade::mpi
