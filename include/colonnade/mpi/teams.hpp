#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <mpi.h>

#include <optional>
#include <vector>

namespace colonnade::mpi {

/// The ranks of a communicator cut into teams, each with a communicator of its own.
class Teams {
 public:
  /// **Collective** over `comm`: the first team has its first sizes[0] ranks, and so on; ranks
  /// beyond the sum are in none.
  Teams(const Communicator& comm, const std::vector<int>& sizes);
  /// **Collective** over each team.
  ~Teams();
  Teams(const Teams&) = delete;
  Teams& operator=(const Teams&) = delete;

  /// The team of this rank, and nothing on a rank without one.
  [[nodiscard]] const std::optional<Communicator>& own() const noexcept { return own_; }
  [[nodiscard]] const std::vector<int>& sizes() const noexcept { return sizes_; }
  /// The first rank of each team, in the communicator that was cut.
  [[nodiscard]] const std::vector<int>& roots() const noexcept { return roots_; }

 private:
  std::vector<int> sizes_, roots_;
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::optional<Communicator> own_;
};

}  // namespace colonnade::mpi
