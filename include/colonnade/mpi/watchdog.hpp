#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <memory>

namespace colonnade::mpi {

/// Ends a job in which nothing moves any more.
///
/// A thread of each rank, which calls no MPI, tells the other ranks' by UDP what its rank does (see
/// activity.hpp). When a rank has waited for `limit_s` and no rank gets on, or one has fallen
/// silent or stands still at its work, one rank says so on standard error, naming ranks and phases,
/// and every watchdog that waits ends its process with exit code 70. Times are counted as the
/// thread lives them: a job that is stopped as a whole, and goes on later, does not end. Ranks that
/// no datagram reaches (hosts without IPv4 between them) judge by what they know: by themselves.
class Watchdog {
 public:
  /// **Collective.** Starts watching; 0 seconds, or a single rank: nothing.
  Watchdog(const Communicator& comm, double limit_s);
  /// **Collective.** Waits for all ranks, still watched, and stops.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  class Patrol;

  Communicator comm_;
  std::unique_ptr<Patrol> patrol_;
};

}  // namespace colonnade::mpi
