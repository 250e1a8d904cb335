#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/trainer.hpp>

#include <algorithm>

namespace colonnade::train {

TrainingState Trainer::state() {
  TrainingState state{.position = position_};
  state.position.schedule = schedule_->state();
  weights_.complete();
  mpi::agreed_on_root(comm_, "checkpoint", [&] {
    base::fault_site(base::FaultSite::snapshot);
    const auto all = weights_.all();
    state.weights.assign(all.begin(), all.end());
  });
  for (int k = 0; k < update_->moment_count(); ++k)
    state.moments.push_back(update_->gather_moment(k));
  return state;
}

void Trainer::restore(const TrainingState& on_root) {
  if (comm_.is_root())
    base::expects(on_root.weights.size() == weights_.all().size() &&
                      on_root.moments.size() == static_cast<std::size_t>(update_->moment_count()),
                  "a state fits the network and the optimiser");
  position_ = on_root.position;
  comm_.broadcast(std::span(&position_, 1));
  if (comm_.is_root())
    std::copy(on_root.weights.begin(), on_root.weights.end(), weights_.all().begin());
  comm_.broadcast(weights_.all());
  for (int k = 0; k < update_->moment_count(); ++k)
    update_->restore_moment(k, comm_.is_root() ? on_root.moments[static_cast<std::size_t>(k)]
                                               : std::span<const float>());
  update_->set_step_count(step_count());
  schedule_->restore(position_.schedule);
  weights_.round();
}

bool Trainer::has_lost_patience() const noexcept {
  return config_.patience > 0 && position_.epoch - position_.best_epoch >= config_.patience;
}

bool Trainer::is_finished() const noexcept {
  return position_.epoch >= config_.epochs || has_lost_patience();
}

std::int64_t Trainer::step_count() const {
  return position_.epoch * lanes_.steps_per_epoch() + position_.step;
}

}  // namespace colonnade::train
