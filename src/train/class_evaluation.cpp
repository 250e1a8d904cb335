#include "train/evaluation_pieces.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/ordered_fold.hpp>
#include <colonnade/train/class_evaluation.hpp>
#include <colonnade/train/class_probability.hpp>
#include <colonnade/train/keyed_rows.hpp>
#include <colonnade/train/predictor.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace colonnade::train {

using Kind = data::Classes::Kind;
using mpi::Range;

namespace {

/// log(1 + exp(z)) without overflow.
double softplus(double z) {
  return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
}

/// All that is added up while the columns pass.
class Tally {
 public:
  Tally(const mpi::Communicator& comm, const data::Classes& classes, double threshold,
        std::span<const double> frequencies)
      : comm_(comm),
        kind_(classes.kind),
        classes_(classes.classes.size()),
        threshold_(threshold),
        model_(kind_, classes_),
        majority_(kind_, classes_),
        rankings_(classes_),
        calibrations_(classes_ + (kind_ == Kind::one ? 1 : 0)),
        by_frequency_(classes_),
        fold_(comm, static_cast<std::int64_t>(first_calibration + calibrations_.sums()), {0.0},
              add_row),
        scores_(classes_),
        powers_(classes_),
        after_(classes_ + 1) {
    base::expects(frequencies.size() == classes_, "each class has its frequency");
    const std::vector<float> probabilities(frequencies.begin(), frequencies.end());
    decide(kind_, probabilities, threshold, by_frequency_);
  }

  /// Counts the rows of a piece, and returns what is added up in the pieces' order; nothing of no
  /// rows.
  std::vector<double> count(std::span<const float> truth, std::span<const float> logits);
  /// What the model says of the rows that count() took last (columns, classes).
  [[nodiscard]] std::span<const std::int8_t> decisions() const { return decisions_; }
  /// **Collective.** Takes the next round of what count() returned.
  void add_round(std::span<const double> record) { fold_.add_round(record); }
  /// **Collective.**
  void finish(ClassEvaluation& evaluation) const;

 private:
  /// Places of what is added up in the pieces' order.
  enum Sum : std::size_t {
    loss,
    model_samples,
    majority_samples = model_samples + DecisionCounts::sums,
    first_calibration = majority_samples + DecisionCounts::sums
  };

  void add_column(std::span<const float> truth, std::span<const float> logits,
                  std::span<const float> probabilities, std::span<std::int8_t> members,
                  std::span<double> record);
  /// Writes the logarithm of each class's odds against all others, one of which is true, to
  /// `scores_`; returns that of the sum of all powers.
  double weigh_odds(std::span<const float> logits);

  mpi::Communicator comm_;
  Kind kind_;
  std::size_t classes_;
  double threshold_;
  DecisionCounts model_, majority_;
  RankingCounts rankings_;
  CalibrationCounts calibrations_;
  std::vector<std::int8_t> by_frequency_;  ///< what the majority says of each column
  mpi::OrderedFold fold_;
  std::vector<std::int8_t> decisions_;
  // Of the column at hand.
  std::vector<double> scores_, powers_, after_;
};

double Tally::weigh_odds(std::span<const float> logits) {
  const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  for (std::size_t c = 0; c < classes_; ++c)
    powers_[c] = std::exp(static_cast<double>(logits[c]) - largest);
  // Sums of the others without a difference, in which small ones would be lost.
  for (std::size_t c = classes_; c-- > 0;) after_[c] = after_[c + 1] + powers_[c];
  double before = 0.0;
  for (std::size_t c = 0; c < classes_; ++c) {
    scores_[c] = static_cast<double>(logits[c]) - largest - std::log(before + after_[c + 1]);
    before += powers_[c];
  }
  return largest + std::log(before);
}

void Tally::add_column(std::span<const float> truth, std::span<const float> logits,
                       std::span<const float> probabilities, std::span<std::int8_t> members,
                       std::span<double> record) {
  decide(kind_, probabilities, threshold_, members);
  model_.add(truth, members, record.subspan(model_samples, DecisionCounts::sums));
  majority_.add(truth, by_frequency_, record.subspan(majority_samples, DecisionCounts::sums));
  const double log_sum = kind_ == Kind::one ? weigh_odds(logits) : 0.0;
  const auto calibration = record.subspan(first_calibration);
  for (std::size_t c = 0; c < classes_; ++c) {
    const bool is_member = truth[c] != 0.0F;
    const auto logit = static_cast<double>(logits[c]);
    if (kind_ == Kind::many)
      record[loss] += softplus(is_member ? -logit : logit);
    else if (is_member)
      record[loss] += log_sum - logit;
    rankings_.add(c, kind_ == Kind::one ? scores_[c] : logit, is_member);
    calibrations_.add(c, probabilities[c], is_member, calibration);
    if (kind_ == Kind::one && members[c] != 0)
      calibrations_.add(classes_, probabilities[c], is_member, calibration);
  }
}

std::vector<double> Tally::count(std::span<const float> truth, std::span<const float> logits) {
  std::vector<float> probabilities(logits.begin(), logits.end());
  to_probabilities(kind_, classes_, probabilities);
  decisions_.assign(truth.size(), 0);
  std::vector<double> record;
  if (!truth.empty()) record.resize(first_calibration + calibrations_.sums());
  for (std::size_t at = 0; at < truth.size(); at += classes_)
    add_column(truth.subspan(at, classes_), logits.subspan(at, classes_),
               std::span<const float>(probabilities).subspan(at, classes_),
               std::span(decisions_).subspan(at, classes_), record);
  return record;
}

/// Of probabilities that are the training split's frequencies.
double frequency_loss(const ClassEvaluation& evaluation) {
  const auto columns = static_cast<double>(evaluation.columns);
  const auto of = [](double count, double frequency) {
    return count == 0.0 ? 0.0 : -count * std::log(frequency);
  };
  double sum = 0.0;
  for (std::size_t c = 0; c < evaluation.frequencies.size(); ++c) {
    const auto members = static_cast<double>(evaluation.model.support(c));
    sum += of(members, evaluation.frequencies[c]);
    if (evaluation.classes.kind == Kind::many)
      sum += of(columns - members, 1.0 - evaluation.frequencies[c]);
  }
  const bool per_class = evaluation.classes.kind == Kind::many;
  return sum / columns / (per_class ? static_cast<double>(evaluation.frequencies.size()) : 1.0);
}

void Tally::finish(ClassEvaluation& evaluation) const {
  const auto sums = fold_.result();
  const auto part = [&](std::size_t first, std::size_t count) {
    return std::span<const double>(sums).subspan(first, count);
  };
  const auto columns = static_cast<std::uint64_t>(evaluation.columns);
  evaluation.model = model_.result(comm_, columns, part(model_samples, DecisionCounts::sums));
  evaluation.majority =
      majority_.result(comm_, columns, part(majority_samples, DecisionCounts::sums));
  const auto terms =
      static_cast<double>(columns) * (kind_ == Kind::many ? static_cast<double>(classes_) : 1.0);
  evaluation.log_loss = sums[loss] / terms;
  evaluation.majority_log_loss = frequency_loss(evaluation);
  evaluation.bins = rankings_.bins();
  evaluation.rankings = rankings_.result(comm_);
  evaluation.calibrations =
      calibrations_.result(comm_, part(first_calibration, calibrations_.sums()));
  if (kind_ == Kind::many) {
    evaluation.calibration = pooled(evaluation.calibrations);
  } else {
    evaluation.calibration = std::move(evaluation.calibrations.back());
    evaluation.calibrations.pop_back();
  }
}

double mean_of_defined(const ClassEvaluation& evaluation, double ClassRanking::*number) {
  double sum = 0.0, count = 0.0;
  for (const auto& ranking : evaluation.rankings)
    if (std::isfinite(ranking.*number)) sum += ranking.*number, count += 1.0;
  return sum / count;
}

}  // namespace

ClassEvaluation evaluate_classes(const mpi::Communicator& comm, const Model& model,
                                 const ColumnSource& source, Range columns,
                                 const ClassEvaluationOptions& options,
                                 const base::ProgressSink& progress) {
  if (columns.empty())
    mpi::agree(comm, "evaluation",
               base::Error(base::ErrorKind::data, "the split holds no columns to evaluate on",
                           {.hint = "choose another --split, or prepare with other fractions"}));
  const auto& encoding = model.recipe.array("y").encoding;
  ClassEvaluation evaluation{.classes = model.recipe.classes.value(),
                             .threshold = options.threshold,
                             .columns = columns.size(),
                             .frequencies = encoding.statistics.mean};
  Team team(options.threads);
  auto predictor =
      mpi::agreed(comm, "evaluation", [&] { return Predictor(model.shape, model.weights, team); });
  Tally tally(comm, evaluation.classes, options.threshold, evaluation.frequencies);
  std::optional<ClassBlocks> blocks;
  if (options.bootstrap.replicates > 0) {
    const auto sources = sources_of(comm, source, columns);
    mpi::agreed(comm, "evaluation", [&] {
      expect_blocks(sources, options.bootstrap);
      blocks.emplace(comm, sources,
                     options.bootstrap.block_columns > 0 ? options.bootstrap.block_columns
                                                         : default_block_columns(sources),
                     evaluation.classes.classes.size());
    });
  }
  const PieceRounds rounds(comm, columns, source.inputs + source.outputs);
  for (std::int64_t round = 0; round < rounds.count(); ++round) {
    const Range piece = rounds.piece(round);
    const auto x = read_columns(comm, source, "x", piece);
    const auto truth = read_columns(comm, source, "y", piece);
    tally.add_round(mpi::agreed(comm, "evaluation", [&] {
      base::fault_site(base::FaultSite::evaluation);
      std::vector<float> logits(truth.size());
      predictor.run(x, logits);
      expect_finite(logits, encoding.features, piece.begin);
      return tally.count(truth, logits);
    }));
    if (blocks) blocks->add_round(read_sources(source, piece), truth, tally.decisions());
    if (progress) progress("evaluating", rounds.done(round), columns.size());
  }
  tally.finish(evaluation);
  if (blocks) evaluation.bootstrap = blocks->result(options.bootstrap);
  return evaluation;
}

double mean_auc(const ClassEvaluation& evaluation) {
  return mean_of_defined(evaluation, &ClassRanking::roc_auc);
}

double mean_average_precision(const ClassEvaluation& evaluation) {
  return mean_of_defined(evaluation, &ClassRanking::average_precision);
}

}  // namespace colonnade::train
