#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <mpi.h>

#include <optional>

namespace colonnade::mpi {

/// A communicator of the first ranks of another one, for work that the others sit out.
class FirstRanks {
 public:
  /// **Collective** over `comm`, of which the first `count` ranks become members.
  FirstRanks(const Communicator& comm, int count);
  /// **Collective** over the members.
  ~FirstRanks();
  FirstRanks(const FirstRanks&) = delete;
  FirstRanks& operator=(const FirstRanks&) = delete;

  /// Nothing on a rank that is no member.
  [[nodiscard]] const std::optional<Communicator>& comm() const noexcept { return comm_; }

 private:
  MPI_Comm handle_ = MPI_COMM_NULL;
  std::optional<Communicator> comm_;
};

}  // namespace colonnade::mpi
