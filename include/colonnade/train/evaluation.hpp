#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/column_slab.hpp>
#include <colonnade/train/error_sums.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/ridge.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

struct EvaluationOptions {
  std::optional<RidgeOptions> ridge = RidgeOptions{};  ///< nothing: no linear predictor
  int threads = 1;                                     ///< of each rank
};

/// The errors of a model in physical units, beside those of predictors that know less.
struct Evaluation {
  /// "model", "zero" (always 0), "mean" (the training split's mean) and, unless left out, "ridge":
  /// the order of QuantityErrors::predictors.
  std::vector<std::string> predictors;
  std::vector<data::Feature> quantities;  ///< the targets, then the heating rates
  std::vector<QuantityErrors> errors;     ///< one a quantity
  std::size_t targets = 0;                ///< quantities that are targets
  std::int64_t columns = 0;
  std::vector<data::Feature> pressures;  ///< half-level pressures that are known
  std::vector<double> mean_pressure_pa;  ///< of `pressures`, over the columns
  std::optional<Ridge> ridge;
};

/// Quantities of one variable, pooled over its levels.
struct VariableErrors {
  data::FeatureRun run;
  QuantityErrors errors;
};

/// **Collective.** Compares the model's predictions with the truth on `columns` of `source`, whose
/// rows are encoded by the model's recipe; the linear and the mean predictor come from its training
/// split.
///
/// The columns stream through in pieces dealt to the ranks; all numbers have the same bits on any
/// number of ranks and threads. The truth is the decoded target. Throws on all ranks: a data error
/// when there are no columns, a numeric error when a prediction is not finite, and what fit_ridge
/// throws.
Evaluation evaluate(const mpi::Communicator& comm, const Model& model, const ColumnSource& source,
                    mpi::Range columns, const EvaluationOptions& options,
                    const base::ProgressSink& progress);

/// The variables of an evaluation, in order.
std::vector<VariableErrors> variables_of(const Evaluation& evaluation);
/// All targets pooled; heating rates are left out.
QuantityErrors all_targets(const Evaluation& evaluation);

}  // namespace colonnade::train
