#include <colonnade/train/trainer.hpp>

namespace colonnade::train {

StepHashes Trainer::hash_step() {
  const mpi::InPhase here("self-check");
  Stopwatch watch;
  const std::int64_t step = position_.step - 1;
  const mpi::Range lanes = lanes_of_rank(lanes_.count(), comm_.size(), comm_.rank());
  StepHashes hashes = hasher_(step_count(), weights_, gradient_.sum(), *update_, [&](int member) {
    const mpi::Range own = lanes_of_thread(lanes, team_->size(), member);
    std::uint64_t sum = 0;
    for (std::int64_t lane = own.begin; lane < own.end; ++lane)
      sum += train_columns_->hash({position_.epoch, step, lane});
    return sum;
  });
  hashes.epoch = position_.epoch + 1;
  for (const double loss : gradient_.losses()) hashes.loss += loss;
  hashes.loss /= terms_of(lanes_.valid_columns(step));
  hash_s_ += watch.lap_s();
  return hashes;
}

void Trainer::expect_same_weights() {
  const mpi::InPhase here("self-check");
  Stopwatch watch;
  hasher_.expect_same_weights(step_count(), weights_);
  hash_s_ += watch.lap_s();
}

}  // namespace colonnade::train
