#include <colonnade/base/error.hpp>
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/train/worker.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

Worker::Worker(const nn::MlpShape& shape, nn::Objective objective, std::int64_t micro_batch,
               nn::Precision precision, nn::KernelUse use)
    : micro_batch_(micro_batch),
      outputs_(shape.outputs()),
      objective_(std::move(objective)),
      network_{nn::MlpKernel(shape, micro_batch, use, precision)},
      x_(network_.kernel.input_layout(), precision),
      y_(static_cast<std::size_t>(micro_batch * shape.outputs())),
      dy_(static_cast<std::size_t>(micro_batch * shape.outputs())) {
  if (!shape.has_batch_norm) return;
  folded_.emplace(
      Network{nn::MlpKernel(nn::folded(shape), micro_batch, nn::KernelUse::inference, precision)});
  base::expects(folded_->kernel.input_layout() == x_.layout, "both networks read the same inputs");
}

void Worker::set_weights(const Weights& weights, const Weights& folded_weights) noexcept {
  network_.weights = &weights;
  if (folded_) folded_->weights = &folded_weights;
}

void Worker::Network::take_weights() {
  if (weights->version() == version) return;
  if (weights->is_rounded())
    kernel.set_weights(weights->rounded());
  else
    kernel.set_weights(weights->all());
  version = weights->version();
}

const float* Worker::forward(Network& network, const Gather& gather, const nn::TrainingRows* rows) {
  Stopwatch watch;
  gather(x_, y_.span());
  input_s_ += watch.lap_s();
  network.take_weights();
  return std::visit([&](const auto& x) { return network.kernel.forward(x.data(), rows); },
                    x_.values);
}

double Worker::train(const Gather& gather, const nn::TrainingRows& rows, double scale,
                     std::span<float> gradient, const nn::Ready& ready) {
  if (rows.valid == 0) {
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    return 0.0;
  }
  const float* const prediction = forward(network_, gather, &rows);
  const double sum = nn::loss_and_gradient(objective_, prediction, y_.data(), rows.valid,
                                           micro_batch_, outputs_, scale, dy_.data());
  std::visit(
      [&](const auto& x) { network_.kernel.backward(x.data(), dy_.data(), gradient, ready); },
      x_.values);
  return sum;
}

double Worker::loss(const Gather& gather, std::int64_t columns) {
  const float* const prediction = forward(folded_ ? *folded_ : network_, gather, nullptr);
  return nn::loss_sum(objective_, prediction, y_.data(), columns, outputs_);
}

}  // namespace colonnade::train
