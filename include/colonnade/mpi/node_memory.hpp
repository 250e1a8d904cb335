#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <cstdint>

namespace colonnade::mpi {

/// **Collective.** How many of the ranks are on this one's node.
int ranks_of_node(const Communicator& comm);

/// **Collective.** Bytes that a rank may use: four fifths of what its node has free, or of its
/// control group's limit (a container's, a Slurm job's) where that is less, shared by the ranks of
/// the node. The least of all ranks.
std::int64_t memory_of_rank_bytes(const Communicator& comm);

}  // namespace colonnade::mpi
