// All that an evaluation adds up while the columns pass.
#pragma once

#include <colonnade/data/moments.hpp>
#include <colonnade/train/bootstrap.hpp>
#include <colonnade/train/class_errors.hpp>
#include <colonnade/train/evaluation.hpp>
#include <colonnade/train/heating_rate.hpp>
#include <colonnade/train/heating_residual.hpp>
#include <colonnade/train/pair_histogram.hpp>
#include <colonnade/train/place_errors.hpp>

#include <optional>
#include <span>
#include <vector>

namespace colonnade::train {

/// What is compared in one piece.
struct Comparison {
  std::vector<std::int64_t> sources;            ///< each column's index in the raw files
  std::vector<float> x;                         ///< (columns, inputs), encoded
  std::vector<float> truth;                     ///< (columns, quantities)
  std::vector<std::vector<float>> predictions;  ///< of each predictor
  std::vector<float> pressures_pa;
};

class EvaluationSums {
 public:
  /// `evaluation` has its predictors, quantities and weights; `sources` holds the source of every
  /// column; `mean` is the training split's of each target.
  EvaluationSums(const mpi::Communicator& comm, const Evaluation& evaluation,
                 const data::Recipe& recipe, const HeatingRates& rates, mpi::Range sources,
                 std::span<const float> mean, const EvaluationOptions& options);

  /// **Collective.** Takes the next round of pieces.
  void add_round(const Comparison& comparison);

  /// **Collective.** Fills in what was added up.
  void finish(Evaluation& evaluation) const;

 private:
  mpi::Communicator comm_;
  const EvaluationOptions& options_;
  std::vector<data::FeatureRun> variables_, targets_;
  ErrorSums errors_;
  data::Moments pressures_;
  std::optional<BlockSums> blocks_;
  std::optional<PlaceSums> places_;
  ClassSums classes_;
  HistogramSums histograms_;
  ResidualSums residuals_;
};

}  // namespace colonnade::train
