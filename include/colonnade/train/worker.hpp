#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/train/micro_batch.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/weights.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace colonnade::train {

/// A network and some micro-batches, for one thread at a time.
class Worker {
 public:
  /// Writes the rows of a micro-batch, and zeros to the rows beyond.
  using Gather = std::function<void(const MicroBatch& into)>;
  /// The same for the one numbered `which` of those that are trained at once; returns what training
  /// must know of it.
  using GatherOne = std::function<nn::TrainingRows(std::int64_t which, const MicroBatch& into)>;

  /// With room for `at_once` micro-batches. Throws base::Error (usage) if `shape` is not one.
  Worker(const nn::MlpShape& shape, nn::Objective objective, std::int64_t micro_batch,
         nn::Precision precision, nn::KernelUse use, std::int64_t at_once = 1);

  /// Takes the weights for all passes to come, and those of the folded network, the same unless the
  /// shape has batch normalisation; it sees when they change. They must stay where they are, and be
  /// in the worker's precision.
  void set_weights(const Weights& weights, const Weights& folded_weights) noexcept;

  /// Writes the gradient of `scale` times the objective summed over the valid columns of each of
  /// the micro-batches that `sums` has room for, a power of two, added in pairs; and these sums,
  /// not scaled. `ready` is told as the kernel tells it, unless there are no columns.
  void train(const GatherOne& gather, double scale, std::span<double> sums,
             std::span<float> gradient, const nn::Ready& ready);
  /// The loss of the folded network summed over `columns` columns.
  double loss(const Gather& gather, std::int64_t columns);

  /// Seconds spent on gathering rows, and waiting for them, since the last call.
  double take_input_s() { return std::exchange(input_s_, 0.0); }

 private:
  /// A kernel that takes its weights anew whenever they have changed.
  struct Network {
    nn::MlpKernel kernel;
    const Weights* weights = nullptr;
    std::int64_t version = -1;  ///< of the weights that the kernel has

    void take_weights();
  };

  [[nodiscard]] MicroBatch room(std::int64_t which);
  const float* forward(Network& network, const nn::TrainingRows* rows, std::int64_t which = 0);

  std::int64_t micro_batch_;
  std::int64_t outputs_;
  nn::Objective objective_;
  Network network_;
  std::optional<Network> folded_;  ///< where the shape has batch normalisation
  nn::KernelInputs x_;
  base::AlignedBuffer<float> y_, dy_;
  double input_s_ = 0.0;
};

}  // namespace colonnade::train
