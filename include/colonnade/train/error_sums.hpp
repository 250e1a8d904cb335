#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/ordered_fold.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace colonnade::train {

/// What the errors of one predictor add up to; an error is prediction minus truth.
struct PredictorSums {
  double squared = 0.0;
  double absolute = 0.0;
  double plain = 0.0;
};

/// Errors of several predictors of one quantity, or of several quantities pooled, in its units.
struct QuantityErrors {
  double count = 0.0;
  double truth_mean = 0.0;
  double truth_squares = 0.0;   ///< squared deviations of the truth from its mean
  double truth_absolute = 0.0;  ///< sum of |truth|
  std::vector<PredictorSums> predictors;

  /// Mean of |truth|: the size of the signal.
  [[nodiscard]] double mean_absolute() const;
  [[nodiscard]] double mae(std::size_t predictor) const;
  /// The mean absolute error in percent of mean_absolute(); NaN where the truth is always 0.
  [[nodiscard]] double percent(std::size_t predictor) const;
  [[nodiscard]] double rmse(std::size_t predictor) const;
  [[nodiscard]] double bias(std::size_t predictor) const;
  /// 1 - (sum of squared errors) / truth_squares; NaN where the truth never changes.
  [[nodiscard]] double r2(std::size_t predictor) const;
};

/// The errors of several quantities taken together. The squared deviations of the truth stay those
/// from each quantity's own mean, so that predicting all means has an R2 of 0. `weights`, one a
/// quantity and not all 0, say how often each counts; none: once.
QuantityErrors pooled(std::span<const QuantityErrors> quantities,
                      std::span<const double> weights = {});

/// Adds up the errors of predictors, quantity by quantity, over pieces that are dealt to the ranks
/// in rounds (see mpi::OrderedFold): the sums have the same bits on any number of ranks.
class ErrorSums {
 public:
  ErrorSums(const mpi::Communicator& comm, std::size_t quantities, std::size_t predictors);

  /// **Collective.** Takes the next round: the rows (columns, quantities) of the truth and of each
  /// predictor for this rank's piece; no truth says that the round did not reach this rank.
  void add_round(std::span<const float> truth, std::span<const std::vector<float>> predictions);

  /// **Collective.** One entry a quantity.
  [[nodiscard]] std::vector<QuantityErrors> result() const;

 private:
  void add_truth(std::span<const float> truth);
  void add_errors(std::span<const float> truth, std::span<const float> prediction,
                  std::size_t predictor);

  std::size_t quantities_, predictors_, fields_;
  std::vector<double> record_;
  std::vector<double> means_, sums_;
  mpi::OrderedFold fold_;
};

}  // namespace colonnade::train
