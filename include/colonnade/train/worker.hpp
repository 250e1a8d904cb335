#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/weights.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace colonnade::train {

/// A network and a micro-batch, for one thread at a time.
class Worker {
 public:
  /// Writes the rows of a micro-batch to `x` and `y`, and zeros to the rows beyond.
  using Gather = std::function<void(nn::PrecisionBuffer& x, std::span<float> y)>;

  /// Throws base::Error (usage) if `shape` is not one.
  Worker(const nn::MlpShape& shape, nn::Objective objective, std::int64_t micro_batch,
         nn::Precision precision, nn::KernelUse use);

  /// Takes the weights for all passes to come; it sees when they change. They must stay where they
  /// are, and be in the worker's precision.
  void set_weights(const Weights& weights) noexcept { weights_ = &weights; }

  /// Writes the gradient of `scale` times the objective summed over `columns` columns, at most a
  /// micro-batch, and returns that sum, not scaled. `ready` is told as the kernel tells it, unless
  /// there are no columns.
  double train(const Gather& gather, std::int64_t columns, double scale, std::span<float> gradient,
               const nn::Ready& ready);
  /// The loss summed over `columns` columns.
  double loss(const Gather& gather, std::int64_t columns);

  /// Seconds spent on gathering rows, and waiting for them, since the last call.
  double take_input_s() { return std::exchange(input_s_, 0.0); }

 private:
  const float* predict(const Gather& gather);
  void take_weights();

  std::int64_t micro_batch_;
  std::int64_t outputs_;
  nn::Objective objective_;
  nn::MlpKernel kernel_;
  const Weights* weights_ = nullptr;
  std::int64_t version_ = -1;  ///< of the weights that the kernel has
  nn::PrecisionBuffer x_;
  base::AlignedBuffer<float> y_, dy_;
  double input_s_ = 0.0;
};

}  // namespace colonnade::train
