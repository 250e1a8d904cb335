#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/optimiser.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/team.hpp>
#include <colonnade/train/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// The optimiser's step, cut between ranks and threads: each updates its own slice of the weights
/// and keeps the state of that slice alone.
class SlicedUpdate {
 public:
  /// Clips the gradient to the norm `clip_norm`; 0 does not clip. `team` must outlive the update.
  /// Throws base::Error (usage) for constants outside their range.
  SlicedUpdate(const mpi::Communicator& comm, Team& team, const nn::OptimiserConfig& config,
               std::size_t parameters, double clip_norm);

  /// **Collective.** Moves each rank's slice of the weights (Weights::mine) against its slice of
  /// the gradient (slice_of_rank), and rounds it where they are rounded; the caller shares them.
  /// Adds to the times. Returns false, on all ranks, and leaves the weights as they are when the
  /// gradient has to be clipped and its norm is not finite.
  bool step(Weights& weights, std::span<const float> slice_gradient, double learning_rate,
            StepTimes& times);

  /// Moments kept per parameter.
  [[nodiscard]] int moment_count() const { return optimisers_.front().moment_count(); }
  /// Moment k of the part of this rank's slice that a thread updates (slice_of_thread).
  [[nodiscard]] std::span<const float> moment(int k, int member) const {
    return optimisers_[static_cast<std::size_t>(member)].moment(k);
  }
  /// **Collective.** Moment k of all parameters on the root, nothing on other ranks.
  [[nodiscard]] std::vector<float> gather_moment(int k) const;
  /// **Collective.** Takes moment k of all parameters from the root.
  void restore_moment(int k, std::span<const float> of_all_on_root);
  /// The number of steps taken, that Adam's corrections need.
  void set_step_count(std::int64_t count) noexcept;

 private:
  double norm(std::span<const float> slice_gradient, StepTimes& times);

  mpi::Communicator comm_;
  Team& team_;
  double clip_norm_;
  std::vector<nn::Optimiser> optimisers_;  ///< one a thread
  std::vector<double> tile_squares_;       ///< of all tiles of all ranks
  std::vector<int> tile_counts_, tile_offsets_;
  std::vector<int> counts_, offsets_;  ///< parameters of each rank's slice
};

}  // namespace colonnade::train
