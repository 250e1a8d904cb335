#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/team.hpp>
#include <colonnade/train/tensor_hashes.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// What a step was made from and what it left, as hashes that are the same on any number of ranks
/// and threads.
struct StepHashes {
  std::int64_t step = 0;   ///< since the start of the run
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0.0;       ///< mean over the batch, before the step
  std::uint64_t columns = 0;
  TensorHashes gradient{};  ///< before it is clipped
  TensorHashes weights{};
  TensorHashes optimiser{};  ///< its moments; 0 where it keeps none
  TensorHashes replica{};    ///< the weights of this rank as the passes read them
};

/// Makes the hashes of a step, all threads and ranks together, and compares the ranks' weights.
class StepHasher {
 public:
  /// `team` must outlive the hasher. Throws base::Error (usage) if `shape` is not one.
  StepHasher(const mpi::Communicator& comm, Team& team, const nn::MlpShape& shape);

  /// **Collective.** Of a step that has ended: `columns(member)` is the sum of the hashes of the
  /// columns that a thread has taken. Throws on all ranks as expect_same_weights does.
  StepHashes operator()(std::int64_t step, const Weights& weights, const SliceValues& gradient,
                        const SlicedUpdate& update,
                        const std::function<std::uint64_t(int member)>& columns);

  /// **Collective.** Throws on all ranks an internal error that names the ranks whose weights
  /// differ, as the passes read them, from those of the majority, and where, if any do.
  void expect_same_weights(std::int64_t step, const Weights& weights);

 private:
  /// Adds to the hashes of the thread of `member`.
  using Work = std::function<void(int member, StepHashes& hashes)>;

  [[nodiscard]] StepHashes empty() const;
  StepHashes sum_of_threads(const Work& work);
  /// Of the weights that the passes read, all of them.
  void add_replica(const Weights& weights, int member, TensorHashes& hashes) const;
  void expect_same(std::int64_t step, const TensorHashes& mine) const;

  mpi::Communicator comm_;
  Team& team_;
  TensorHasher tensors_;
  std::size_t count_;  ///< of tensors
};

/// The head of hashes.csv, and the line of a step: step, epoch, columns, loss, gradient, weights,
/// optimiser, the last three as a whole and then tensor by tensor.
std::string hashes_head(const nn::MlpShape& shape);
std::string hashes_line(const StepHashes& hashes);

}  // namespace colonnade::train
