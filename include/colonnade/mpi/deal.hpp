#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/teams.hpp>

#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace colonnade::mpi {

/// Deals tasks to teams, one after the other as teams become free.
///
/// Rank 0, which belongs to the first team, deals: whenever it waits here, and between two pieces
/// of its own work, when it calls poll(). Others wait so long for their next task, asleep. A wish
/// to stop on any rank ends the dealing, and teams learn of it from poll().
class Deal {
 public:
  /// What is heard on the way; none of it may throw.
  struct Listener {
    /// On rank 0: a task goes to a team of so many ranks.
    std::function<void(std::size_t task, int ranks)> on_start;
    /// On rank 0: a task has ended, with what the first rank of its team says of it.
    std::function<void(std::size_t task, const std::string& text)> on_end;
    /// On any rank, often: whether it was asked to stop.
    std::function<bool()> wants_stop;
  };

  /// **Collective.** Tasks are dealt in the order of `tasks`.
  Deal(const Communicator& comm, const Teams& teams, std::vector<std::size_t> tasks,
       Listener listener);
  /// **Collective.**
  ~Deal();
  Deal(const Deal&) = delete;
  Deal& operator=(const Deal&) = delete;

  /// **Collective.** Until all tasks have ended: `work` is called on all ranks of a team with their
  /// next one. Returns whether somebody wanted to stop.
  bool run(const std::function<std::string(std::size_t task)>& work);

  /// To be called between pieces of work, as often as one likes; true on the first rank of a team
  /// that shall stop, whose task then ends as soon as it can.
  bool poll();
  /// On rank 0: deals no more, and tells all teams to stop.
  void stop();

 private:
  /// The answer to a team that wants a task.
  struct Answer {
    std::int64_t task = -1;  ///< -1: there is none
    std::int64_t is_stopping = 0;
  };

  [[nodiscard]] bool leads() const { return teams_.own() && teams_.own()->is_root(); }
  using Clock = std::chrono::steady_clock;

  bool look();
  std::int64_t next(const std::string& report);
  void hear(std::size_t team, const std::string& report);
  Answer deal(std::size_t team);
  void serve();
  void serve_message(const MPI_Status& status);
  void take_order(bool must_come);
  void end();
  void sleep_until_complete(MPI_Request& request);

  const Communicator& comm_;
  const Teams& teams_;
  MPI_Comm handle_ = MPI_COMM_NULL;  ///< for our messages alone
  std::vector<std::size_t> tasks_;
  Listener listener_;
  bool has_wished_ = false;  ///< told rank 0 that this rank wants to stop
  bool is_told_ = false;     ///< by rank 0, to stop
  Clock::time_point next_poll_{};

  // Of rank 0 alone.
  std::size_t dealt_ = 0;
  std::vector<std::int64_t> busy_;  ///< task of each team; -1: none yet
  std::vector<bool> is_open_;       ///< whether a team will ask again
  bool is_stopping_ = false;
  std::int64_t wishes_ = 0;  ///< that came from other ranks
};

}  // namespace colonnade::mpi
