#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/base/bfloat16.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/precision.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/team.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// A rank's copy of the network's weights, in the precision that the passes read.
///
/// Each rank updates its own slice. In bf16 only the rounded values travel after a
/// step: half the bytes; the floats of other ranks' slices are as they were when complete() was
/// called last.
class Weights {
 public:
  /// `team` must outlive the weights.
  Weights(const mpi::Communicator& comm, Team& team, const Slices& slices, nn::Precision precision);

  [[nodiscard]] bool is_rounded() const noexcept { return rounded_.size() > 0; }
  /// All weights; other ranks' slices may be old (see above).
  [[nodiscard]] std::span<float> all() noexcept { return values_.span(); }
  [[nodiscard]] std::span<const float> all() const noexcept { return values_.span(); }
  /// All weights rounded; none in fp32.
  [[nodiscard]] std::span<base::Bfloat16> rounded() noexcept { return rounded_.span(); }
  [[nodiscard]] std::span<const base::Bfloat16> rounded() const noexcept { return rounded_.span(); }

  /// Another number whenever what the passes read has changed.
  [[nodiscard]] std::int64_t version() const noexcept { return version_; }

  /// Takes all floats anew, which this rank holds: rounds them.
  void round();
  /// **Collective.** Gives every rank what the passes read of all slices.
  void share(StepTimes& times);
  /// **Collective.** Gives every rank the floats of all slices.
  void complete();

 private:
  void gather(void* values, MPI_Datatype type) const;

  mpi::Communicator comm_;
  Team& team_;
  base::AlignedBuffer<float> values_;
  base::AlignedBuffer<base::Bfloat16> rounded_;
  /// Of each rank's range of a bucket.
  struct Cuts {
    std::vector<int> counts, offsets;
  };
  std::vector<Cuts> cuts_;  ///< of each bucket
  bool is_complete_ = true;
  std::int64_t version_ = 0;
};

}  // namespace colonnade::train
