#include <colonnade/base/error.hpp>
#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/train/worker.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

Worker::Worker(const nn::MlpShape& shape, nn::Objective objective, std::int64_t micro_batch,
               nn::Precision precision, nn::KernelUse use, std::int64_t at_once)
    : micro_batch_(micro_batch),
      outputs_(shape.outputs()),
      objective_(std::move(objective)),
      network_{nn::MlpKernel(shape, micro_batch, use, precision, at_once)},
      x_(network_.kernel.input_layout(), precision),
      y_(static_cast<std::size_t>(at_once * micro_batch * shape.outputs())),
      dy_(y_.size()) {
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

MicroBatch Worker::room(std::int64_t which) {
  const auto size = static_cast<std::size_t>(micro_batch_ * outputs_);
  return {x_, which * micro_batch_, micro_batch_,
          y_.span().subspan(static_cast<std::size_t>(which) * size, size)};
}

const float* Worker::forward(Network& network, const nn::TrainingRows* rows, std::int64_t which) {
  network.take_weights();
  return std::visit([&](const auto& x) { return network.kernel.forward(x.data(), rows, which); },
                    x_.values);
}

void Worker::train(const GatherOne& gather, double scale, std::span<double> sums,
                   std::span<float> gradient, const nn::Ready& ready) {
  const auto count = static_cast<std::int64_t>(sums.size());
  bool has_columns = false;
  for (std::int64_t which = 0; which < count; ++which) {
    const MicroBatch mine = room(which);
    Stopwatch watch;
    const nn::TrainingRows rows = gather(which, mine);
    input_s_ += watch.lap_s();
    float* const dy = dy_.data() + which * micro_batch_ * outputs_;
    double& sum = sums[static_cast<std::size_t>(which)] = 0.0;
    if (rows.valid == 0) {
      std::fill_n(dy, mine.y.size(), 0.0F);
      continue;
    }
    has_columns = true;
    sum = nn::loss_and_gradient(objective_, forward(network_, &rows, which), mine.y.data(),
                                rows.valid, micro_batch_, outputs_, scale, dy);
  }
  if (!has_columns) {
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    return;
  }
  std::visit(
      [&](const auto& x) {
        network_.kernel.backward(x.data(), dy_.data(), gradient, ready, count);
      },
      x_.values);
}

double Worker::loss(const Gather& gather, std::int64_t columns) {
  Stopwatch watch;
  gather(room(0));
  input_s_ += watch.lap_s();
  const float* const prediction = forward(folded_ ? *folded_ : network_, nullptr);
  return nn::loss_sum(objective_, prediction, y_.data(), columns, outputs_);
}

}  // namespace colonnade::train
