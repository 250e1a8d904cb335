#include "train/evaluation_levels.hpp"
#include "train/evaluation_pieces.hpp"
#include "train/evaluation_sums.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/train/evaluation.hpp>
#include <colonnade/train/heating_rate.hpp>
#include <colonnade/train/predictor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace colonnade::train {

using mpi::Range;

namespace {

bool has_transforms(const data::Encoding& encoding) {
  return std::any_of(encoding.transforms.begin(), encoding.transforms.end(),
                     [](const auto& one) { return !one.is_identity(); });
}

/// Inputs that change in the training split.
std::vector<std::size_t> active_inputs(const data::Encoding& encoding) {
  std::vector<std::size_t> active;
  for (std::size_t i = 0; i < encoding.width(); ++i)
    if (encoding.statistics.min[i] != encoding.statistics.max[i]) active.push_back(i);
  return active;
}

/// **Collective.** The mean of each target over the training split, in physical units: it stands in
/// the recipe unless a transform bends it.
std::vector<float> mean_targets(const mpi::Communicator& comm, const data::Encoding& encoding,
                                const ColumnSource& source) {
  auto means = encoding.statistics.mean;
  if (has_transforms(encoding)) {
    data::Moments moments(comm, encoding.width());
    const PieceRounds rounds(comm, source.train, source.outputs);
    for (std::int64_t round = 0; round < rounds.count(); ++round) {
      const Range piece = rounds.piece(round);
      auto y = read_columns(comm, source, "y", piece);
      encoding.decode_rows(y);
      const std::vector<char> counted(static_cast<std::size_t>(piece.size()), 1);
      moments.add_round(y, counted, !piece.empty());
    }
    means = moments.result().mean;
  }
  std::vector<float> row(means.size());
  std::transform(means.begin(), means.end(), row.begin(),
                 [](double mean) { return static_cast<float>(mean); });
  return row;
}

/// One weight a target.
std::vector<double> weights_of(const std::vector<data::Feature>& targets,
                               const std::map<std::string, double>& by_name) {
  std::vector<double> weights(targets.size(), 1.0);
  std::vector<std::string> known;
  for (const auto& run : data::runs_of(targets)) known.push_back(run.variable);
  for (const auto& [name, weight] : by_name) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw base::Error(
          base::ErrorKind::usage, "there is no such target to weigh",
          {.variable = name, .hint = fmt::format("the targets are {}", fmt::join(known, ", "))});
    for (std::size_t t = 0; t < targets.size(); ++t)
      if (targets[t].variable == name) weights[t] = weight;
  }
  if (std::all_of(weights.begin(), weights.end(), [](double weight) { return weight == 0.0; }))
    throw base::Error(base::ErrorKind::usage, "no target has a weight",
                      {.hint = "give one at least a weight above 0"});
  return weights;
}

/// More places than columns would be memory for nothing.
void expect_places(mpi::Range sources, std::int64_t places) {
  if (places > sources.end)
    throw base::Error(base::ErrorKind::usage, "there are more places than raw columns",
                      {.value = fmt::format("{} places, {} columns", places, sources.end),
                       .hint = "--places is the number of columns of a time step"});
}

class Evaluator {
 public:
  Evaluator(const mpi::Communicator& comm, const Model& model, const ColumnSource& source,
            int threads)
      : comm_(comm),
        model_(model),
        source_(source),
        targets_(model.recipe.array("y").encoding),
        rates_(model.recipe),
        team_(threads) {}

  Evaluation run(Range columns, const EvaluationOptions& options,
                 const base::ProgressSink& progress);

 private:
  /// Everything but sums.
  [[nodiscard]] Evaluation described(Range columns, const EvaluationOptions& options) const;
  void add_predictor(const nn::MlpShape& shape, std::span<const float> weights);
  /// Adds truth, predictions and pressures to a comparison that has its x, of encoded targets.
  void compare(Comparison& comparison, std::vector<float> y, std::int64_t first_column);
  [[nodiscard]] std::vector<float> with_rates(std::span<const float> targets,
                                              std::span<const float> pressures_pa,
                                              std::int64_t first_column) const;

  mpi::Communicator comm_;
  const Model& model_;
  const ColumnSource& source_;
  const data::Encoding& targets_;
  HeatingRates rates_;
  Team team_;
  std::vector<Predictor> networks_;  ///< the model, then ridge where it is wanted
  std::vector<float> mean_;
};

void Evaluator::add_predictor(const nn::MlpShape& shape, std::span<const float> weights) {
  mpi::agreed(comm_, "evaluation", [&] { networks_.emplace_back(shape, weights, team_); });
}

std::vector<float> Evaluator::with_rates(std::span<const float> targets,
                                         std::span<const float> pressures_pa,
                                         std::int64_t first_column) const {
  const std::size_t width = targets_.width(), extra = rates_.features().size();
  const std::size_t columns = targets.size() / width;
  std::vector<float> rates(columns * extra);
  rates_.compute(targets, pressures_pa, first_column, rates);
  std::vector<float> rows;
  rows.reserve(targets.size() + rates.size());
  for (std::size_t c = 0; c < columns; ++c) {
    const auto row = targets.subspan(c * width, width);
    const auto more = std::span<const float>(rates).subspan(c * extra, extra);
    rows.insert(rows.end(), row.begin(), row.end());
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

void Evaluator::compare(Comparison& comparison, std::vector<float> y, std::int64_t first_column) {
  const auto& x = comparison.x;
  if (x.empty()) return;
  comparison.pressures_pa = rates_.pressures_pa(x);
  const auto complete = [&](std::span<const float> targets) {
    return with_rates(targets, comparison.pressures_pa, first_column);
  };
  targets_.decode_rows(y);
  comparison.truth = complete(y);
  for (auto& network : networks_) {
    network.run(x, y);
    targets_.decode_rows(y);
    expect_finite(y, targets_.features, first_column);
    comparison.predictions.push_back(complete(y));
  }
  const auto after_model = comparison.predictions.begin() + 1;
  for (std::size_t at = 0; at < y.size(); at += mean_.size())
    std::copy(mean_.begin(), mean_.end(), y.begin() + static_cast<std::ptrdiff_t>(at));
  comparison.predictions.insert(after_model,
                                {std::vector<float>(comparison.truth.size()), complete(y)});
}

Evaluation Evaluator::described(Range columns, const EvaluationOptions& options) const {
  Evaluation evaluation{.predictors = {"model", "zero", "mean"},
                        .quantities = targets_.features,
                        .errors = {},
                        .targets = targets_.width(),
                        .columns = columns.size(),
                        .pressures = rates_.pressure_features(),
                        .mean_pressure_pa = {},
                        .weights = weights_of(targets_.features, options.target_weights)};
  if (options.ridge) evaluation.predictors.emplace_back("ridge");
  for (auto rate : rates_.features()) {
    const auto is_target = [&](const auto& target) { return target.variable == rate.variable; };
    if (std::any_of(targets_.features.begin(), targets_.features.end(), is_target)) {
      rate.variable += "_of_fluxes";
      rate.name = fmt::format("{}[{}]", rate.variable, rate.level);
    }
    evaluation.quantities.push_back(std::move(rate));
  }
  return evaluation;
}

Evaluation Evaluator::run(Range columns, const EvaluationOptions& options,
                          const base::ProgressSink& progress) {
  auto evaluation = mpi::agreed(comm_, "evaluation", [&] { return described(columns, options); });
  const auto sources = sources_of(comm_, source_, columns);
  mpi::agreed(comm_, "evaluation", [&] {
    expect_blocks(sources, options.bootstrap);
    expect_places(sources, options.places);
  });
  add_predictor(model_.shape, model_.weights);
  mean_ = mean_targets(comm_, targets_, source_);
  if (options.ridge) {
    evaluation.ridge =
        fit_ridge(comm_, team_, source_, active_inputs(model_.recipe.array("x").encoding),
                  *options.ridge, progress);
    add_predictor(evaluation.ridge->shape, evaluation.ridge->weights);
  }
  std::optional<EvaluationSums> sums;
  mpi::agreed(comm_, "evaluation", [&] {
    sums.emplace(comm_, evaluation, model_.recipe, rates_, sources, mean_, options);
  });
  const PieceRounds rounds(comm_, columns, source_.inputs + source_.outputs);
  for (std::int64_t round = 0; round < rounds.count(); ++round) {
    const Range piece = rounds.piece(round);
    Comparison comparison{.sources = read_sources(source_, piece),
                          .x = read_columns(comm_, source_, "x", piece),
                          .truth = {},
                          .predictions = {},
                          .pressures_pa = {}};
    auto y = read_columns(comm_, source_, "y", piece);
    mpi::agreed(comm_, "evaluation", [&] {
      base::fault_site(base::FaultSite::evaluation);
      compare(comparison, std::move(y), piece.begin);
    });
    sums->add_round(comparison);
    if (progress) progress("evaluating", rounds.done(round), columns.size());
  }
  sums->finish(evaluation);
  place_levels(evaluation, rates_.half_levels());
  return evaluation;
}

}  // namespace

Evaluation evaluate(const mpi::Communicator& comm, const Model& model, const ColumnSource& source,
                    Range columns, const EvaluationOptions& options,
                    const base::ProgressSink& progress) {
  if (columns.empty())
    mpi::agree(comm, "evaluation",
               base::Error(base::ErrorKind::data, "the split holds no columns to evaluate on",
                           {.hint = "choose another --split, or prepare with other fractions"}));
  return Evaluator(comm, model, source, options.threads).run(columns, options, progress);
}

std::vector<VariableErrors> variables_of(const Evaluation& evaluation) {
  std::vector<VariableErrors> variables;
  for (auto& run : data::runs_of(evaluation.quantities)) {
    const auto errors = std::span(evaluation.errors).subspan(run.first, run.count);
    variables.push_back({run, pooled(errors)});
  }
  return variables;
}

QuantityErrors all_targets(const Evaluation& evaluation) {
  return pooled(std::span(evaluation.errors).first(evaluation.targets), evaluation.weights);
}

}  // namespace colonnade::train
