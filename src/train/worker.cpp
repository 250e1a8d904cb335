#include <colonnade/train/worker.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

Worker::Worker(const nn::MlpShape& shape, nn::Objective objective, std::int64_t micro_batch,
               nn::Precision precision, nn::KernelUse use)
    : micro_batch_(micro_batch),
      outputs_(shape.outputs()),
      objective_(std::move(objective)),
      kernel_(shape, micro_batch, use, precision),
      x_(nn::precision_buffer(precision, static_cast<std::size_t>(micro_batch * shape.inputs()))),
      y_(static_cast<std::size_t>(micro_batch * shape.outputs())),
      dy_(static_cast<std::size_t>(micro_batch * shape.outputs())) {}

void Worker::take_weights() {
  if (weights_->version() == version_) return;
  if (weights_->is_rounded())
    kernel_.set_weights(weights_->rounded());
  else
    kernel_.set_weights(weights_->all());
  version_ = weights_->version();
}

const float* Worker::predict(const Gather& gather) {
  Stopwatch watch;
  gather(x_, y_.span());
  input_s_ += watch.lap_s();
  take_weights();
  return std::visit([&](const auto& x) { return kernel_.forward(x.data()); }, x_);
}

double Worker::train(const Gather& gather, std::int64_t columns, double scale,
                     std::span<float> gradient, const nn::Ready& ready) {
  if (columns == 0) {
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    return 0.0;
  }
  const float* const prediction = predict(gather);
  const double sum = nn::loss_and_gradient(objective_, prediction, y_.data(), columns, micro_batch_,
                                           outputs_, scale, dy_.data());
  std::visit([&](const auto& x) { kernel_.backward(x.data(), dy_.data(), gradient, ready); }, x_);
  return sum;
}

double Worker::loss(const Gather& gather, std::int64_t columns) {
  return nn::loss_sum(objective_, predict(gather), y_.data(), columns, outputs_);
}

}  // namespace colonnade::train
