#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/mlp.hpp>
#include <colonnade/train/column_slab.hpp>
#include <colonnade/train/team.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace colonnade::train {

struct RidgeOptions {
  std::int64_t columns = 65536;  ///< at most so many of the training split, the first ones
  /// Penalties to choose from, by the squared error on the validation split; without such a split
  /// the middle one is taken.
  std::vector<double> lambdas{1e-2, 1e-1, 1.0};
};

/// A linear predictor, as a network without hidden layers.
struct Ridge {
  nn::MlpShape shape;
  std::vector<float> weights;  ///< flat, as nn::layers(shape) places them
  double lambda = 0.0;
  std::int64_t columns = 0;  ///< of the training split that were used
  bool chosen_by_validation = false;
};

/// **Collective.** Solves the ridge regression of the encoded targets on the encoded inputs, with
/// an intercept that is not penalised: minimises |Y - X W - b|^2 + lambda * n * v * |W|^2 over n
/// columns, v being the mean variance of the inputs (1 for z-scored ones), by the normal equations
/// in double.
///
/// `active` are the inputs to use; the weights of the others are 0. The result has the same bits on
/// any number of ranks and threads; each rank sees all columns, piece by piece, and sums its share
/// of the tiles of the equations. Throws a numeric error on all ranks when they cannot be solved,
/// storage errors when columns cannot be read or memory runs out.
Ridge fit_ridge(const mpi::Communicator& comm, Team& team, const ColumnSource& source,
                const std::vector<std::size_t>& active, const RidgeOptions& options,
                const base::ProgressSink& progress);

}  // namespace colonnade::train
