#include <colonnade/nn/kernel.hpp>

#include <infer/network.hpp>
#include <omp.h>

#include <algorithm>

namespace colonnade::infer {

namespace {

/// Kernels limit OpenMP to one thread in the thread that calls: this gives the host's number back.
class HostThreads {
 public:
  HostThreads() = default;
  ~HostThreads() { omp_set_num_threads(threads_); }
  HostThreads(const HostThreads&) = delete;
  HostThreads& operator=(const HostThreads&) = delete;

 private:
  int threads_ = omp_get_max_threads();
};

/// Columns of the next micro-batch: more than half of a large one fill it, the rest small ones.
std::int64_t next_batch(std::int64_t columns) {
  return columns > nn::prediction_batch / 2 ? nn::prediction_batch : nn::small_prediction_batch;
}

}  // namespace

struct Network::Kernels {
  std::int64_t inputs, outputs;
  nn::MlpKernel small, large;
};

Network::Network(const nn::MlpShape& shape, std::span<const float> weights) {
  const HostThreads host;
  const auto kernel = [&](std::int64_t columns) {
    nn::MlpKernel made(shape, columns, nn::KernelUse::inference);
    made.set_weights(weights);
    return made;
  };
  kernels_ = std::make_unique<Kernels>(Kernels{shape.inputs(), shape.outputs(),
                                               kernel(nn::small_prediction_batch),
                                               kernel(nn::prediction_batch)});
}

Network::~Network() = default;

std::int64_t Network::padded(std::int64_t columns) {
  return columns + nn::prediction_batch;
}

void Network::run(const float* x, std::int64_t columns, float* y) {
  const HostThreads host;
  while (columns > 0) {
    const std::int64_t batch = next_batch(columns), count = std::min(batch, columns);
    auto& kernel = batch == nn::prediction_batch ? kernels_->large : kernels_->small;
    std::copy_n(kernel.forward(x), count * kernels_->outputs, y);
    x += count * kernels_->inputs;
    y += count * kernels_->outputs;
    columns -= count;
  }
}

}  // namespace colonnade::infer
