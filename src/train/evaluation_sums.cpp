#include "train/evaluation_sums.hpp"

#include <algorithm>

namespace colonnade::train {

namespace {

std::vector<data::FeatureRun> targets_of(const Evaluation& evaluation) {
  auto runs = data::runs_of(evaluation.quantities);
  std::erase_if(runs, [&](const auto& run) { return run.first >= evaluation.targets; });
  return runs;
}

/// One weight a variable, 0 for what is no target.
std::vector<double> weights_of(const Evaluation& evaluation,
                               const std::vector<data::FeatureRun>& variables) {
  std::vector<double> weights;
  weights.reserve(variables.size());
  for (const auto& run : variables)
    weights.push_back(run.first < evaluation.targets ? evaluation.weights[run.first] : 0.0);
  return weights;
}

}  // namespace

EvaluationSums::EvaluationSums(const mpi::Communicator& comm, const Evaluation& evaluation,
                               const data::Recipe& recipe, const HeatingRates& rates,
                               mpi::Range sources, std::span<const float> mean,
                               const EvaluationOptions& options)
    : comm_(comm),
      options_(options),
      variables_(data::runs_of(evaluation.quantities)),
      targets_(targets_of(evaluation)),
      errors_(comm, evaluation.quantities.size(), evaluation.predictors.size()),
      pressures_(comm, evaluation.pressures.size()),
      classes_(comm, recipe, variables_, evaluation.predictors.size()),
      histograms_(recipe.array("y").encoding, targets_, evaluation.quantities.size()),
      residuals_(comm, rates, evaluation.targets, evaluation.predictors.size()) {
  if (options.bootstrap.replicates > 0) {
    const auto length = options.bootstrap.block_columns > 0 ? options.bootstrap.block_columns
                                                            : default_block_columns(sources);
    std::vector<float> centres(mean.begin(), mean.end());
    centres.resize(evaluation.quantities.size());
    blocks_.emplace(comm, sources, length, variables_, std::move(centres));
  }
  if (options.places > 0)
    places_.emplace(comm, options.places, targets_, evaluation.quantities.size());
}

void EvaluationSums::add_round(const Comparison& comparison) {
  const auto& [sources, x, truth, predictions, pressures_pa] = comparison;
  errors_.add_round(truth, predictions);
  const std::vector<char> counted(sources.size(), 1);
  pressures_.add_round(pressures_pa, counted, !sources.empty());
  const auto model = predictions.empty() ? std::span<const float>() : predictions.front();
  if (blocks_) blocks_->add_round(sources, truth, model);
  if (places_) places_->add_round(sources, truth, model);
  classes_.add_round(x, truth, predictions);
  histograms_.add(truth, model);
  residuals_.add_round(truth, predictions);
}

void EvaluationSums::finish(Evaluation& evaluation) const {
  evaluation.errors = errors_.result();
  evaluation.mean_pressure_pa = pressures_.result().mean;
  if (blocks_)
    evaluation.bootstrap = blocks_->result(options_.bootstrap, weights_of(evaluation, variables_));
  if (places_) evaluation.places = places_->result(weights_of(evaluation, targets_));
  evaluation.classes = classes_.result();
  evaluation.histograms = histograms_.result(comm_);
  evaluation.residuals = residuals_.result(evaluation.quantities, evaluation.errors);
}

}  // namespace colonnade::train
