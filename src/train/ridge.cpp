#include "train/evaluation_pieces.hpp"
#include "train/ridge_gram.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/moments.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/ordered_fold.hpp>
#include <colonnade/train/predictor.hpp>
#include <colonnade/train/ridge.hpp>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

namespace colonnade::train {

using mpi::Range;

namespace {

/// The normal equations about the means, on the root.
class Equations {
 public:
  /// `gram` as RidgeGram gathers it.
  Equations(Eigen::MatrixXd gram, const std::vector<std::size_t>& active, std::int64_t columns)
      : gram_(std::move(gram)), active_(active), columns_(static_cast<double>(columns)) {
    const auto used = static_cast<Eigen::Index>(active_.size());
    means_ = gram_.row(0).transpose() / columns_;
    for (Eigen::Index c = 1; c < gram_.cols(); ++c) {
      const Eigen::Index rows = std::min(c, used);
      gram_.col(c).segment(1, rows) -= columns_ * means_[c] * means_.segment(1, rows);
    }
    if (used > 0) mean_square_ = gram_.diagonal().tail(used).mean();
  }

  /// The flat weights of the network without hidden layers.
  [[nodiscard]] std::vector<float> solve(double lambda, const nn::MlpShape& shape) const {
    const auto used = static_cast<Eigen::Index>(active_.size());
    const Eigen::Index outputs = gram_.cols() - 1 - used;
    Eigen::MatrixXd products = gram_.block(1, 1, used, used);
    products.diagonal().array() += lambda * mean_square_;
    Eigen::MatrixXd solution = gram_.block(1, 1 + used, used, outputs);
    if (used > 0) {
      const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Upper> factor(products);
      if (factor.info() == Eigen::Success) factor.solveInPlace(solution);
      if (factor.info() != Eigen::Success || !solution.allFinite())
        throw base::Error(base::ErrorKind::numeric,
                          "the linear regression has no solution: its equations are singular",
                          {.value = fmt::format("lambda {}", lambda),
                           .hint = "use a larger --ridge, or --no-ridge"});
    }
    return flat(solution, shape);
  }

 private:
  [[nodiscard]] std::vector<float> flat(const Eigen::MatrixXd& solution,
                                        const nn::MlpShape& shape) const {
    std::vector<float> weights(nn::parameter_count(shape));
    const auto layer = nn::layers(shape).front();
    const auto used = solution.rows();
    for (Eigen::Index o = 0; o < solution.cols(); ++o) {
      float* const row = &weights[layer.weight_offset + static_cast<std::size_t>(o * layer.in)];
      for (Eigen::Index i = 0; i < used; ++i)
        row[active_[static_cast<std::size_t>(i)]] = static_cast<float>(solution(i, o));
      const double bias = means_[1 + used + o] - means_.segment(1, used).dot(solution.col(o));
      weights[layer.bias_offset + static_cast<std::size_t>(o)] = static_cast<float>(bias);
    }
    return weights;
  }

  Eigen::MatrixXd gram_;
  const std::vector<std::size_t>& active_;
  double columns_;
  Eigen::VectorXd means_;
  double mean_square_ = 0.0;
};

/// **Collective.** The equations of the first `columns` columns of the training split; empty on
/// other ranks than the root.
Eigen::MatrixXd accumulate(const mpi::Communicator& comm, Team& team, const ColumnSource& source,
                           const std::vector<std::size_t>& active, std::int64_t columns,
                           const base::ProgressSink& progress) {
  std::optional<RidgeGram> gram;
  mpi::agreed(comm, "linear regression", [&] {
    gram.emplace(comm, team, active, static_cast<std::size_t>(source.inputs),
                 static_cast<std::size_t>(source.outputs));
  });
  const std::int64_t length = data::piece_columns(source.inputs + source.outputs);
  for (std::int64_t begin = 0; begin < columns; begin += length) {
    const std::int64_t size = std::min(length, columns - begin);
    const Range part = mpi::share(size, comm.size(), comm.rank());
    const std::int64_t first = source.train.begin + begin;
    const auto all_of = [&](const char* array) {
      const auto mine = read_columns(comm, source, array, {first + part.begin, first + part.end});
      return comm.concatenate(std::span<const float>(mine));
    };
    const auto x = all_of("x"), y = all_of("y");
    mpi::agreed(comm, "linear regression", [&] { gram->add(x, y); });
    if (progress) progress("linear regression", begin + size, columns);
  }
  return gram->gathered();
}

double squared_error(std::span<const float> truth, std::span<const float> prediction) {
  double sum = 0.0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double error = static_cast<double>(prediction[i]) - static_cast<double>(truth[i]);
    sum += error * error;
  }
  return sum;
}

/// **Collective.** The squared error of each candidate over the validation split.
std::vector<double> validate(const mpi::Communicator& comm, Team& team, const ColumnSource& source,
                             const nn::MlpShape& shape,
                             const std::vector<std::vector<float>>& candidates) {
  std::vector<Predictor> predictors;
  mpi::agreed(comm, "linear regression", [&] {
    for (const auto& weights : candidates) predictors.emplace_back(shape, weights, team);
  });
  mpi::OrderedFold fold(
      comm, static_cast<std::int64_t>(candidates.size()), {0.0},
      [](std::span<double> state, std::span<const double> next) { state.front() += next.front(); });
  const PieceRounds rounds(comm, source.validation, source.inputs + source.outputs);
  for (std::int64_t round = 0; round < rounds.count(); ++round) {
    const Range piece = rounds.piece(round);
    const auto x = read_columns(comm, source, "x", piece);
    const auto y = read_columns(comm, source, "y", piece);
    std::vector<double> record;
    mpi::agreed(comm, "linear regression", [&] {
      std::vector<float> prediction(y.size());
      if (piece.empty()) return;
      for (auto& predictor : predictors) {
        predictor.run(x, prediction);
        record.push_back(squared_error(y, prediction));
      }
    });
    fold.add_round(record);
  }
  return fold.result();
}

}  // namespace

Ridge fit_ridge(const mpi::Communicator& comm, Team& team, const ColumnSource& source,
                const std::vector<std::size_t>& active, const RidgeOptions& options,
                const base::ProgressSink& progress) {
  base::expects(!options.lambdas.empty(), "there is a penalty to use");
  Ridge ridge{.shape = {{source.inputs, source.outputs}, nn::Activation::relu},
              .weights = {},
              .columns = std::min(options.columns, source.train.size())};
  if (ridge.columns < 1)
    mpi::agree(comm, "linear regression",
               base::Error(base::ErrorKind::data,
                           "the training split is empty: there is nothing to fit a line to",
                           {.hint = "use --no-ridge"}));
  auto lambdas = options.lambdas;
  if (source.validation.empty()) lambdas = {lambdas[lambdas.size() / 2]};
  auto gram = accumulate(comm, team, source, active, ridge.columns, progress);
  std::vector<std::vector<float>> candidates(lambdas.size());
  mpi::agreed(comm, "linear regression", [&] {
    for (auto& weights : candidates) weights.resize(nn::parameter_count(ridge.shape));
    if (!comm.is_root()) return;
    const Equations equations(std::move(gram), active, ridge.columns);
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
      candidates[i] = equations.solve(lambdas[i], ridge.shape);
      mpi::tick();
    }
  });
  for (auto& weights : candidates) comm.broadcast(std::span(weights));
  std::size_t best = 0;
  ridge.chosen_by_validation = lambdas.size() > 1;
  if (ridge.chosen_by_validation) {
    const auto errors = validate(comm, team, source, ridge.shape, candidates);
    best =
        static_cast<std::size_t>(std::min_element(errors.begin(), errors.end()) - errors.begin());
  }
  ridge.lambda = lambdas[best];
  ridge.weights = std::move(candidates[best]);
  return ridge;
}

}  // namespace colonnade::train
