#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/cost_model.hpp>

#include <vector>

namespace colonnade::train {

/// What a link takes, and what that was fitted to.
struct MeasuredLink {
  Link link{};
  std::vector<TimedMessage> timed{};
};

/// **Collective.** Messages of 8 bytes to 2 MiB between rank 0 and the last, each way at the same
/// time as the gradient sum sends them; the other ranks sleep. The result stands on the root; of a
/// single rank it is empty.
MeasuredLink measure_link(const mpi::Communicator& comm);

/// Seconds that one thread takes to add a value of a gradient of `parameters` to another, in the
/// tiles of GradientSum; on this process alone.
double measure_addition_s(std::size_t parameters);

}  // namespace colonnade::train
