#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/optimiser.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/team.hpp>
#include <colonnade/train/weights.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// The optimiser's step, cut between ranks and threads: each updates its own slice of the weights
/// and keeps the state of that slice alone. Running statistics, which lie behind what the optimiser
/// moves, follow those of the step instead, and count for no norm.
class SlicedUpdate {
 public:
  /// Clips the gradient to the norm `clip_norm`; 0 does not clip. The optimiser moves the first
  /// `trained` parameters. `team` must outlive the update. Throws base::Error (usage) for constants
  /// outside their range.
  SlicedUpdate(const mpi::Communicator& comm, Team& team, const nn::OptimiserConfig& config,
               const Slices& slices, double clip_norm, std::size_t trained);

  /// Takes a tile of the gradient for this rank's slice, whose parameters start with `begin`, into
  /// the norm of the next step; where the gradient is clipped, each is taken, by any thread.
  void take_tile(std::int64_t begin, std::span<const float> gradient);
  [[nodiscard]] bool clips() const noexcept { return clip_norm_ > 0.0; }

  /// **Collective.** Moves each rank's slice of the weights against the gradient for it, and rounds
  /// it where they are rounded; the caller shares them. Statistics move by `momentum` towards what
  /// stands for them in the gradient. Adds to the times. Returns false, on all ranks, and leaves
  /// the weights as they are when the gradient has to be clipped and its norm is not finite.
  bool step(Weights& weights, const SliceValues& gradient, double learning_rate, double momentum,
            StepTimes& times);

  /// Moments kept per parameter.
  [[nodiscard]] int moment_count() const noexcept { return moment_count_; }
  /// What a thread updates, and the state of those parameters that the optimiser moves.
  struct Part {
    SlicePiece piece;
    nn::Optimiser optimiser;
  };
  [[nodiscard]] const std::vector<Part>& parts(int member) const {
    return parts_[static_cast<std::size_t>(member)];
  }
  /// **Collective.** Moment k of all parameters (statistics: 0) on the root, nothing on other
  /// ranks.
  [[nodiscard]] std::vector<float> gather_moment(int k) const;
  /// **Collective.** Takes moment k of all parameters from the root.
  void restore_moment(int k, std::span<const float> of_all_on_root);
  /// The number of steps taken, that Adam's corrections need.
  void set_step_count(std::int64_t count) noexcept;

 private:
  /// Of the tiles taken.
  double norm(StepTimes& times);
  /// Parameters of a piece that the optimiser moves; the piece's first.
  [[nodiscard]] std::int64_t trained_of(const SlicePiece& piece) const;
  /// Calls work(part of all ranks' slices one after another, the parameters that it stands for).
  template <typename Work>
  void each_range(Work work) const;

  mpi::Communicator comm_;
  Team& team_;
  double clip_norm_;
  Slices slices_;
  std::int64_t trained_;
  int moment_count_;
  std::vector<std::vector<Part>> parts_;  ///< of each thread
  std::vector<double> tile_squares_;      ///< of all tiles, slice after slice
  std::vector<std::size_t> tile_order_;   ///< where the tiles' squares stand, in flat order
  std::vector<int> tile_counts_, tile_offsets_;
  std::vector<int> counts_, offsets_;  ///< parameters of each rank's slice
};

}  // namespace colonnade::train
