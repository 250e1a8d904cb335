#pragma once

#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/keyed_fold.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// Errors worked out at each place and level over time, then averaged over places and levels.
struct PlaceMeans {
  double mae = 0.0, rmse = 0.0, bias = 0.0;
  double r2 = 0.0;          ///< over the places and levels whose truth varies; NaN without any
  double r2_percent = 0.0;  ///< of places and levels whose truth varies
};

/// The model's errors in ClimSim's order of averaging.
struct PlaceErrors {
  std::int64_t places = 0;  ///< that have columns
  std::vector<PlaceMeans> variables;
  PlaceMeans all_targets;
};

/// Errors of the targets at each place: the columns whose index in the raw files is the same
/// modulo the number of places, which are the same point of a grid at different times. The order of
/// averaging of ClimSim's evaluation (Yu et al., NeurIPS 2023): R2, MAE and RMSE of each grid point
/// and level over time, then their plain mean.
class PlaceSums {
 public:
  /// `targets` are runs of the first quantities, of `quantities` in a row.
  PlaceSums(const mpi::Communicator& comm, std::int64_t places,
            std::vector<data::FeatureRun> targets, std::size_t quantities);

  /// **Collective.** Takes the next round of pieces (see mpi::KeyedFold): each column's index in
  /// the raw files, and rows (columns, quantities) of the truth and of the model's predictions.
  void add_round(std::span<const std::int64_t> sources, std::span<const float> truth,
                 std::span<const float> model);

  /// **Collective.** `weights`, one a target variable, are those of all targets together.
  [[nodiscard]] PlaceErrors result(std::span<const double> weights) const;

 private:
  mpi::Communicator comm_;
  std::int64_t places_;
  std::vector<data::FeatureRun> targets_;
  std::size_t quantities_;  ///< of a row
  std::size_t levels_;      ///< quantities that are targets
  mpi::KeyedFold fold_;
};

}  // namespace colonnade::train
