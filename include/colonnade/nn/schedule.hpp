#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace colonnade::nn {

enum class ScheduleKind { constant, cosine, plateau };

/// The schedule called `name`. Throws base::Error (usage) that lists the names.
ScheduleKind schedule_from_name(std::string_view name);
std::string_view name_of(ScheduleKind kind);

struct ScheduleConfig {
  ScheduleKind kind = ScheduleKind::constant;
  double learning_rate = 1e-3;
  std::int64_t warmup_steps =
      0;                         ///< the rate rises linearly, to its full value at the last of them
  std::int64_t total_steps = 1;  ///< cosine reaches zero after these, the warm-up among them
  double plateau_factor = 0.5;
  std::int64_t plateau_patience = 5;  ///< epochs without a better loss before the rate falls
};

/// What a schedule has learnt from the epochs behind it: all that a checkpoint must keep.
struct ScheduleState {
  double best_loss = std::numeric_limits<double>::infinity();
  std::int64_t epochs_without_improvement = 0;
  double reduction = 1.0;  ///< product of the plateau factors so far
};

/// The learning rate as a function of the step, and for plateau of the validation losses.
class Schedule {
 public:
  /// Throws base::Error (usage) for settings outside their range.
  explicit Schedule(const ScheduleConfig& config);

  /// The learning rate of step 0, 1, ...; cosine is lr/2 (1 + cos(pi t / total)), t and total
  /// counted from the end of the warm-up.
  [[nodiscard]] double at(std::int64_t step) const;

  /// Tells the loss on the validation split; call it at the end of every epoch, whatever the kind.
  void end_epoch(double validation_loss);

  [[nodiscard]] const ScheduleState& state() const noexcept { return state_; }
  void restore(const ScheduleState& state) noexcept { state_ = state; }

 private:
  ScheduleConfig config_;
  ScheduleState state_;
};

}  // namespace colonnade::nn
