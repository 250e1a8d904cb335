#pragma once

#include <colonnade/nn/schedule.hpp>

#include <cstdint>
#include <limits>
#include <vector>

namespace colonnade::train {

/// Where a run stands between two steps, and what its epochs have taught it.
struct TrainingPosition {
  std::int64_t epoch = 0;  ///< whole epochs, with their validation, behind it
  std::int64_t step = 0;   ///< steps of the next epoch behind it, perhaps all
  double loss_sum = 0.0;   ///< of the columns of these steps
  double seconds = 0.0;    ///< spent since the start of the first epoch
  nn::ScheduleState schedule{};
  std::int64_t best_epoch = 0;  ///< from 1; 0: none yet
  double best_loss = std::numeric_limits<double>::infinity();
};

/// All that training needs to go on from a step with the same bits, whatever the ranks and threads.
struct TrainingState {
  TrainingPosition position{};
  std::vector<float> weights{};
  std::vector<std::vector<float>> moments{};  ///< of the optimiser, each of all parameters
};

}  // namespace colonnade::train
