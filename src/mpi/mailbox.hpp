#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/watch_table.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace colonnade::mpi {

/// Datagrams between the watchdogs of a job, over IPv4. What cannot be sent is lost without a word.
class Mailbox {
 public:
  /// **Collective.** Opens a socket and shares its addresses.
  explicit Mailbox(const Communicator& comm);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void send_to_all(const WatchReport& report) const;
  /// The next report that has arrived, with its rank; nothing when there is none.
  std::optional<std::pair<int, WatchReport>> receive();
  /// Returns when a report has arrived, `wake` was called, or the time is over.
  void wait(double most_s) const;
  /// Ends wait() from any thread, once and for all.
  void wake() const;

 private:
  struct Letter;
  /// Where a rank can be reached: all that may be tried, until its first letter tells.
  struct Peer {
    std::vector<std::uint32_t> addresses{};  ///< in network order
    std::uint16_t port = 0;                  ///< in network order; 0: no socket
  };

  int rank_;
  std::uint64_t job_key_ = 0;
  int socket_ = -1;
  int wake_ = -1;
  std::vector<Peer> peers_;
};

}  // namespace colonnade::mpi
