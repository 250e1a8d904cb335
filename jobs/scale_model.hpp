// The cost model of scale: what the machine was measured to do, and what follows for more ranks.
#pragma once

#include "scale_report.hpp"

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/cost_model.hpp>
#include <colonnade/train/link_probe.hpp>
#include <colonnade/train/trainer.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::jobs {

/// The machine as measured without training.
struct Machine {
  train::MachineCosts costs{};  ///< its computation is calibrated for each mode
  train::MeasuredLink link{};
};

/// **Collective.** The result stands on the root.
Machine measure_machine(const mpi::Communicator& comm, const train::TrainerConfig& config);

/// What the model says of one count of ranks in one mode.
struct Prediction {
  ScaleMode mode = ScaleMode::strong;
  train::StepWork work{};
  std::int64_t batch = 0;
  train::ModelledStep step{};
  double efficiency = 0.0;  ///< against the model's first count
};

/// Of all measured counts, and of the powers of two to `most`, in ascending order; none for a mode
/// that was not measured. A single rank, which knows no network, is told nothing of more.
std::vector<Prediction> predictions_of(ScaleMode mode, const std::vector<ScaleCase>& cases,
                                       const Machine& machine, const train::TrainerConfig& config,
                                       std::int64_t most);

/// What was measured of the machine, in a few lines; computation and update from the first case.
std::string text_of(const Machine& machine, const ScaleCase& first,
                    const train::TrainerConfig& config);

/// The model's table, beside what was measured, and where it hurts at the largest count.
std::string table_of(const std::vector<Prediction>& predictions,
                     const std::vector<ScaleCase>& cases);

/// Lines for the CSV of scale.
std::string csv_of(const std::vector<Prediction>& predictions);

}  // namespace colonnade::jobs
