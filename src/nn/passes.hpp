#pragma once

#include <colonnade/nn/kernel.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace colonnade::nn {

/// What a kernel does, on values in its precision: one way to multiply.
class Passes {
 public:
  Passes() = default;
  Passes(const Passes&) = delete;
  Passes& operator=(const Passes&) = delete;
  virtual ~Passes() = default;

  /// Where `x` lies in the two below.
  [[nodiscard]] virtual InputLayout input_layout() const = 0;
  virtual void set_weights(const void* weights) = 0;
  virtual const float* forward(const void* x, const TrainingRows* rows, std::int64_t which) = 0;
  virtual void backward(const void* x, const float* dy, std::span<float> gradient,
                        const Ready& ready, std::int64_t count) = 0;
};

/// By oneDNN, one micro-batch at once. Throws dnnl::error.
std::unique_ptr<Passes> library_passes(const MlpShape& shape, std::int64_t columns, KernelUse use,
                                       Precision precision);

/// Whether the processor has tiles of bf16 (Intel's AMX) and oneDNN may use them, too.
bool tiles_are_available();

/// Micro-batches that tile_passes() takes at once, at most, and the bytes of their inputs: when
/// these have left the caches before the weights' gradient reads them again, that costs more than
/// is saved.
inline constexpr std::int64_t most_micro_batches = 4, most_input_bytes = 5 << 20;

/// Training in bf16 by tiles, of networks without batch normalisation and dropout; the columns are
/// a multiple of tile_rows, and of tile_depth for `most` above 1.
std::unique_ptr<Passes> tile_passes(const MlpShape& shape, std::int64_t columns, KernelUse use,
                                    std::int64_t most);

/// The first of a layer's rows in block `block` of `blocks`, into which its weight gradient is cut:
/// whole tiles.
constexpr std::int64_t row_block_begin(std::int64_t out, std::int64_t blocks, std::int64_t block) {
  return block == blocks ? out : out * block / blocks / 16 * 16;
}

}  // namespace colonnade::nn
