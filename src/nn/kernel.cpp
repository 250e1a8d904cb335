#include <colonnade/base/error.hpp>
#include <colonnade/nn/kernel.hpp>

#include <dnnl.hpp>
#include <fmt/format.h>
#include <nn/passes.hpp>
#include <nn/tile_pack.hpp>
#include <omp.h>

namespace colonnade::nn {

using base::Bfloat16;

namespace {

bool is_in_tiles(const MlpShape& shape, std::int64_t columns, KernelUse use, Precision precision) {
  return !shape.has_batch_norm && shape.dropout == 0.0 && use != KernelUse::inference &&
         precision == Precision::bf16 && columns % tile_rows == 0 && tiles_are_available();
}

}  // namespace

std::int64_t MlpKernel::most_at_once(const MlpShape& shape, std::int64_t columns, KernelUse use,
                                     Precision precision) {
  if (!is_in_tiles(shape, columns, use, precision) || columns % tile_depth != 0) return 1;
  const auto bytes = static_cast<std::int64_t>(sizeof(Bfloat16)) * columns * shape.inputs();
  std::int64_t most = most_micro_batches;
  while (most > 1 && most * bytes > most_input_bytes) most /= 2;
  return most;
}

MlpKernel::MlpKernel(const MlpShape& shape, std::int64_t columns, KernelUse use,
                     Precision precision, std::int64_t most)
    : parameters_(parameter_count(shape)),
      has_batch_norm_(shape.has_batch_norm),
      use_(use),
      precision_(precision),
      most_(most) {
  base::expects(columns > 0, "a micro-batch has columns");
  base::expects(most > 0 && most <= most_at_once(shape, columns, use, precision),
                "a kernel takes no more micro-batches at once than it can");
  base::expects(use != KernelUse::inference || !shape.has_batch_norm,
                "predictions take the folded network");
  try {
    passes_ = is_in_tiles(shape, columns, use, precision)
                  ? tile_passes(shape, columns, use, most)
                  : library_passes(shape, columns, use, precision);
  } catch (const dnnl::error& refusal) {
    throw base::Error(base::ErrorKind::internal,
                      fmt::format("oneDNN cannot prepare this network: {}", refusal.what()));
  }
}

MlpKernel::MlpKernel(MlpKernel&& other) noexcept = default;
MlpKernel& MlpKernel::operator=(MlpKernel&& other) noexcept = default;
MlpKernel::~MlpKernel() = default;

InputLayout MlpKernel::input_layout() const {
  return passes_->input_layout();
}

void MlpKernel::set_weights(Precision precision, const void* weights, std::size_t count) {
  base::expects(precision == precision_, "the weights are in the kernel's precision");
  base::expects(count == parameters_, "one weight per parameter");
  omp_set_num_threads(1);
  passes_->set_weights(weights);
  has_weights_ = true;
}

const float* MlpKernel::forward(Precision precision, const void* x, const TrainingRows* rows,
                                std::int64_t which) {
  base::expects(which >= 0 && which < most_, "a kernel has room for the micro-batch");
  base::expects(precision == precision_, "the columns are in the kernel's precision");
  base::expects(has_weights_, "a kernel is given its weights before it runs");
  base::expects(!has_batch_norm_ || (rows != nullptr && rows->valid > 0),
                "batch normalisation is told which rows are valid");
  omp_set_num_threads(1);
  return passes_->forward(x, rows, which);
}

void MlpKernel::backward(Precision precision, const void* x, const float* dy,
                         std::span<float> gradient, const Ready& ready, std::int64_t count) {
  base::expects(count > 0 && count <= most_ && (count & (count - 1)) == 0,
                "micro-batches of a backward pass are a power of two");
  base::expects(precision == precision_, "the columns are in the kernel's precision");
  base::expects(use_ != KernelUse::inference, "an inference kernel has no backward pass");
  base::expects(gradient.size() == parameters_, "one gradient per parameter");
  omp_set_num_threads(1);
  passes_->backward(x, dy, gradient, ready, count);
}

void MlpKernel::set_weights(std::span<const float> weights) {
  set_weights(Precision::fp32, weights.data(), weights.size());
}
void MlpKernel::set_weights(std::span<const Bfloat16> weights) {
  set_weights(Precision::bf16, weights.data(), weights.size());
}
const float* MlpKernel::forward(const float* x, const TrainingRows* rows, std::int64_t which) {
  return forward(Precision::fp32, x, rows, which);
}
const float* MlpKernel::forward(const Bfloat16* x, const TrainingRows* rows, std::int64_t which) {
  return forward(Precision::bf16, x, rows, which);
}
void MlpKernel::backward(const float* x, const float* dy, std::span<float> gradient,
                         const Ready& ready, std::int64_t count) {
  backward(Precision::fp32, x, dy, gradient, ready, count);
}
void MlpKernel::backward(const Bfloat16* x, const float* dy, std::span<float> gradient,
                         const Ready& ready, std::int64_t count) {
  backward(Precision::bf16, x, dy, gradient, ready, count);
}

}  // namespace colonnade::nn
