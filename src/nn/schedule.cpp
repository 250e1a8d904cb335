#include <colonnade/base/error.hpp>
#include <colonnade/nn/schedule.hpp>

#include <nn/names.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::nn {

namespace {

constexpr Names<3> schedule_names{"constant", "cosine", "plateau"};

void require(bool holds, const char* sentence) {
  if (!holds) throw base::Error(base::ErrorKind::usage, sentence);
}

double fraction(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

ScheduleKind schedule_from_name(std::string_view name) {
  return value_in<ScheduleKind>(schedule_names, "schedule", name);
}

std::string_view name_of(ScheduleKind kind) {
  return name_in(schedule_names, kind);
}

Schedule::Schedule(const ScheduleConfig& config) : config_(config) {
  require(std::isfinite(config.learning_rate) && config.learning_rate > 0.0,
          "the learning rate must be a positive number");
  require(config.warmup_steps >= 0, "the warm-up cannot take a negative number of steps");
  require(config.kind != ScheduleKind::cosine || config.total_steps > config.warmup_steps,
          "a cosine schedule must be longer than its warm-up");
  require(config.plateau_factor > 0.0 && config.plateau_factor < 1.0,
          "the plateau factor must lie between 0 and 1");
  require(config.plateau_patience > 0, "the plateau patience must be at least one epoch");
}

double Schedule::at(std::int64_t step) const {
  const double rate = config_.learning_rate * state_.reduction;
  if (step < config_.warmup_steps) return rate * fraction(step + 1, config_.warmup_steps);
  if (config_.kind != ScheduleKind::cosine) return rate;
  const std::int64_t length = config_.total_steps - config_.warmup_steps;
  const std::int64_t elapsed = std::min(step - config_.warmup_steps, length);
  return 0.5 * rate * (1.0 + std::cos(std::numbers::pi * fraction(elapsed, length)));
}

void Schedule::end_epoch(double validation_loss) {
  if (config_.kind != ScheduleKind::plateau) return;
  if (validation_loss < state_.best_loss) {
    state_.best_loss = validation_loss;
    state_.epochs_without_improvement = 0;
    return;
  }
  if (++state_.epochs_without_improvement < config_.plateau_patience) return;
  state_.epochs_without_improvement = 0;
  state_.reduction *= config_.plateau_factor;
}

}  // namespace colonnade::nn
