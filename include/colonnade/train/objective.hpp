#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/nn/loss.hpp>

#include <string>
#include <vector>

namespace colonnade::train {

/// What training is asked to make small.
struct ObjectiveOptions {
  nn::Loss loss = nn::Loss::mse;
  /// As in {"flux_dn_sw=2", "flux_up_sw[0:40]=0.5"}, factors at least 0; where several words name a
  /// target, their product counts.
  std::vector<std::string> target_weights{};
  /// Weighs targets by their scale (mse: its square), so that errors count as in physical units;
  /// the weights' mean over the targets that change is 1.
  bool weight_by_std = false;
  /// Of the mean loss of the heating rates in K d-1, beside the mean loss of the targets.
  double heating_rate_weight = 0.0;
  /// As in {"cloud=2", "land=0.5"}, or {"balanced"}: by how rare a class is in the training split.
  std::vector<std::string> class_weights{};
};

/// The loss called `name`; "auto" is mse where the targets are numbers, cross_entropy where they
/// tell one class, and bce where they tell any number of them. Throws base::Error (usage) that
/// lists the names.
nn::Loss loss_of(const std::string& name, const data::Recipe& recipe);

/// The objective in the network's numbers.
///
/// Heating rates are those of HeatingRates, with the mean pressures of the training split in place
/// of each column's. Balanced weights are, of K classes of frequencies f, 1 / (K f) where a column
/// has one class and (1 - f) / f where it has any number, but at least 0.01 and at most 100. Throws
/// usage errors: of a loss that is not for such targets, of options that are not for such a loss,
/// of words that name no target, of weights that are all 0, and when heating rates are wanted where
/// the columns have none, or a transform bends their fluxes.
nn::Objective objective_of(const ObjectiveOptions& options, const data::Recipe& recipe);

}  // namespace colonnade::train
