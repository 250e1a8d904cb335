#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/classes.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/class_blocks.hpp>
#include <colonnade/train/class_calibration.hpp>
#include <colonnade/train/class_decisions.hpp>
#include <colonnade/train/class_ranking.hpp>
#include <colonnade/train/column_source.hpp>
#include <colonnade/train/model_file.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace colonnade::train {

struct ClassEvaluationOptions {
  int threads = 1;         ///< of each rank
  double threshold = 0.5;  ///< many: a class is predicted from this probability on
  BootstrapOptions bootstrap{};
};

/// How well a model tells classes, beside a predictor that knows but how frequent each is in the
/// training split: it gives these frequencies as probabilities, and the classes that follow.
struct ClassEvaluation {
  data::Classes classes;
  double threshold = 0.5;
  std::int64_t columns = 0;
  std::size_t bins = 0;             ///< of the rankings
  std::vector<double> frequencies;  ///< of each class, in the training split
  ClassDecisions model{}, majority{};
  /// Mean over columns of -log(probability of the truth); many: over columns and classes.
  double log_loss = 0.0;
  double majority_log_loss = 0.0;  ///< infinite where what never was happens
  std::vector<ClassRanking> rankings{};
  std::vector<Calibration> calibrations{};  ///< of each class's probability
  /// One of many: of the predicted class's probability; many: of all classes' together.
  Calibration calibration{};
  std::optional<ClassBootstrap> bootstrap{};
};

/// **Collective.** Compares what a model of classes predicts with the truth on `columns` of
/// `source`.
///
/// The columns stream through in pieces dealt to the ranks; all numbers have the same bits on any
/// number of ranks and threads. Throws on all ranks: a data error when there are no columns, a
/// usage error when there would be too many blocks, a numeric error when a prediction is not
/// finite.
ClassEvaluation evaluate_classes(const mpi::Communicator& comm, const Model& model,
                                 const ColumnSource& source, mpi::Range columns,
                                 const ClassEvaluationOptions& options,
                                 const base::ProgressSink& progress);

/// Means over the classes whose ranking is defined; NaN if none is.
double mean_auc(const ClassEvaluation& evaluation);
double mean_average_precision(const ClassEvaluation& evaluation);

/// Tables for the terminal: a row a class, averages, the model beside the majority, and the
/// confusion matrix of up to 20 classes.
std::string table_of(const ClassEvaluation& evaluation);

/// JSON of everything: `about` (such as run, data, split), then what the README lists; null where
/// a number is not defined.
std::string json_of(const ClassEvaluation& evaluation,
                    const std::map<std::string, std::string>& about);

}  // namespace colonnade::train
