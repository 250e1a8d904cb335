#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/bootstrap.hpp>
#include <colonnade/train/class_errors.hpp>
#include <colonnade/train/column_slab.hpp>
#include <colonnade/train/error_sums.hpp>
#include <colonnade/train/heating_residual.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/pair_histogram.hpp>
#include <colonnade/train/place_errors.hpp>
#include <colonnade/train/ridge.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

struct EvaluationOptions {
  std::optional<RidgeOptions> ridge = RidgeOptions{};  ///< nothing: no linear predictor
  int threads = 1;                                     ///< of each rank
  /// Of targets, by the variable's name, in the errors of all targets together; 1 for the others.
  std::map<std::string, double> target_weights{};
  BootstrapOptions bootstrap{};
  /// Columns of the raw files whose indices are the same modulo this share a place; 0: not known.
  std::int64_t places = 0;
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
  /// Mean pressure of each quantity, of a layer that of its two half levels; NaN where not known.
  std::vector<double> quantity_pressure_pa{};
  bool top_is_first = true;          ///< whether level 0 is at the top of the atmosphere
  bool order_from_pressure = false;  ///< else level 0 is taken to be at the top
  std::vector<double> weights{};     ///< one a target, in all_targets
  std::optional<Ridge> ridge{};
  std::optional<Bootstrap> bootstrap{};      ///< one entry a variable
  std::optional<PlaceErrors> places{};       ///< one entry a target variable
  std::vector<ClassErrors> classes{};        ///< by properties that the inputs tell
  std::vector<PairHistogram> histograms{};   ///< one a target variable
  std::vector<HeatingResidual> residuals{};  ///< one a target that is a heating rate
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
/// when there are no columns, a usage error when the options do not fit the columns or name a
/// target that is none, a numeric error when a prediction is not finite, and what fit_ridge throws.
Evaluation evaluate(const mpi::Communicator& comm, const Model& model, const ColumnSource& source,
                    mpi::Range columns, const EvaluationOptions& options,
                    const base::ProgressSink& progress);

/// The variables of an evaluation, in order.
std::vector<VariableErrors> variables_of(const Evaluation& evaluation);
/// All targets pooled by their weights; heating rates are left out.
QuantityErrors all_targets(const Evaluation& evaluation);

/// The quantities at the top and at the surface of a variable on several levels.
struct Ends {
  std::size_t top, surface;
};
/// Nothing for a variable without levels.
std::optional<Ends> ends_of(const Evaluation& evaluation, const data::FeatureRun& run);

}  // namespace colonnade::train
