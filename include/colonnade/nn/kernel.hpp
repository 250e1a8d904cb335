#pragma once

#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/input_layout.hpp>
#include <colonnade/nn/mlp.hpp>
#include <colonnade/nn/precision.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace colonnade::nn {

/// Whether a kernel keeps what the backward pass needs, and whether that pass computes the first
/// layer's weight gradient, the largest, in blocks of rows, which are ready sooner and cost 1 to 2
/// % more (the bits are the same).
enum class KernelUse { training, training_in_blocks, inference };

/// Micro-batches for predictions: in these a column's outputs have the same bits whatever its row,
/// whatever the other columns, and in both. Multiples of 24 up to 192 were found to have this in
/// oneDNN 2.6 under every instruction set; others have not (AVX2: 128).
inline constexpr std::int64_t small_prediction_batch = 24, prediction_batch = 120;

/// Hears during a backward pass that the gradient of all parameters from `first` on is final.
using Ready = std::function<void(std::size_t first)>;

/// What training must know of a micro-batch when the network has batch normalisation or dropout.
struct TrainingRows {
  std::int64_t valid = 0;   ///< rows; those beyond are padding
  double share = 1.0;       ///< of the micro-batch in the step's statistics
  std::uint64_t seed = 0;   ///< of the run
  std::uint64_t index = 0;  ///< of the micro-batch among all of the run
};

class Passes;

/// Forward and backward pass over micro-batches of a fixed number of columns, for one thread at a
/// time.
///
/// Construction and passes limit OpenMP to one thread in the thread that calls, so that the bits
/// depend on the weights and the columns alone, never on how many threads work. Nothing is
/// allocated after construction. Pointers may have any alignment that suits a
/// float.
class MlpKernel {
 public:
  /// How many micro-batches a backward pass may take at once: a power of two. Their gradients are
  /// then added while they lie in cache.
  static std::int64_t most_at_once(const MlpShape& shape, std::int64_t columns, KernelUse use,
                                   Precision precision);

  /// Throws base::Error (usage) if `shape` is not one, base::Error (internal) if oneDNN refuses it.
  /// With room for `most` micro-batches of `columns` columns, at most most_at_once().
  MlpKernel(const MlpShape& shape, std::int64_t columns, KernelUse use = KernelUse::training,
            Precision precision = Precision::fp32, std::int64_t most = 1);
  MlpKernel(MlpKernel&& other) noexcept;
  MlpKernel& operator=(MlpKernel&& other) noexcept;
  MlpKernel(const MlpKernel&) = delete;
  MlpKernel& operator=(const MlpKernel&) = delete;
  ~MlpKernel();

  /// Takes the flat weights for all passes up to the next call; until then they must stay where and
  /// as they are. In the kernel's precision, as `x` below.
  void set_weights(std::span<const float> weights);
  void set_weights(std::span<const base::Bfloat16> weights);

  /// Where the passes read `x`: the plain matrix, but in the training kernels of some processors.
  [[nodiscard]] InputLayout input_layout() const;

  /// The outputs (columns, outputs), row-major, of micro-batch `which` of those in `x`, valid until
  /// its next pass. With `rows` as training wants them; without, there is no dropout, and a shape
  /// with batch normalisation is refused: predictions take the folded network.
  const float* forward(const float* x, const TrainingRows* rows = nullptr, std::int64_t which = 0);
  const float* forward(const base::Bfloat16* x, const TrainingRows* rows = nullptr,
                       std::int64_t which = 0);

  /// Writes (does not add) the gradient of all parameters, and in the places of running statistics
  /// the micro-batch's share of them, for the columns `x` of the last forward
  /// pass and the loss's derivative `dy` (columns, outputs), from the last layer to the first. Of
  /// the first `count` micro-batches, a power of two, the sum: (a + b) + (c + d).
  /// `ready` is called after each layer and each block, at last with 0. Training kernels only.
  void backward(const float* x, const float* dy, std::span<float> gradient, const Ready& ready = {},
                std::int64_t count = 1);
  void backward(const base::Bfloat16* x, const float* dy, std::span<float> gradient,
                const Ready& ready = {}, std::int64_t count = 1);

 private:
  void set_weights(Precision precision, const void* weights, std::size_t count);
  const float* forward(Precision precision, const void* x, const TrainingRows* rows,
                       std::int64_t which);
  void backward(Precision precision, const void* x, const float* dy, std::span<float> gradient,
                const Ready& ready, std::int64_t count);

  std::size_t parameters_;
  bool has_batch_norm_;
  KernelUse use_;
  Precision precision_;
  std::int64_t most_;
  bool has_weights_ = false;
  std::unique_ptr<Passes> passes_;
};

}  // namespace colonnade::nn
