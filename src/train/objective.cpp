#include "train/class_objective.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/feature_pattern.hpp>
#include <colonnade/train/heating_rate.hpp>
#include <colonnade/train/objective.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

/// Scales whose mean over the targets that change is 1.
std::vector<double> weights_by_std(const data::Encoding& targets, nn::Loss loss) {
  std::vector<double> weights = targets.scale;
  double sum = 0.0, number = 0.0;
  for (double& weight : weights) {
    if (loss == nn::Loss::mse) weight *= weight;
    sum += weight;
    number += weight > 0.0 ? 1.0 : 0.0;
  }
  if (sum > 0.0)
    for (double& weight : weights) weight *= number / sum;
  return weights;
}

std::vector<float> weights_of(const ObjectiveOptions& options, const data::Encoding& targets) {
  if (options.target_weights.empty() && !options.weight_by_std) return {};
  auto weights = data::factors_of(data::parse_factors(options.target_weights, "--target-weights"),
                                  targets.features, "the targets");
  if (options.weight_by_std) {
    const auto scales = weights_by_std(targets, options.loss);
    std::transform(weights.begin(), weights.end(), scales.begin(), weights.begin(),
                   std::multiplies<>());
  }
  std::vector<float> used(weights.begin(), weights.end());
  if (std::all_of(used.begin(), used.end(), [](float weight) { return weight == 0.0F; }))
    throw Error(ErrorKind::usage, "no target has a weight above 0",
                {.hint = "give another --target-weights"});
  return used;
}

/// Of a change of net flux by 1 W m-2 from a layer's upper to its lower half level, in K d-1.
std::vector<float> factors_at_mean_pressure(const HeatingRates& rates, const data::Recipe& recipe) {
  const auto& x = recipe.array("x").encoding;
  std::vector<float> means(x.statistics.mean.begin(), x.statistics.mean.end());
  x.normalise_rows(means);
  const auto pressures_pa = rates.pressures_pa(means);
  std::vector<float> fluxes(recipe.array("y").encoding.width());
  for (const auto& layer : rates.layers()) {
    if (pressures_pa[layer.pressure[0]] == pressures_pa[layer.pressure[1]])
      throw Error(ErrorKind::data, "two half levels have the same mean pressure",
                  {.variable = rates.pressure_features()[layer.pressure[1]].name});
    fluxes[layer.down[1]] = fluxes[layer.down[0]] + 1.0F;
  }
  std::vector<float> factors(rates.layers().size());
  rates.compute(fluxes, pressures_pa, 0, factors);
  return factors;
}

std::vector<nn::FluxLayers> layers_at_mean_pressure(const data::Recipe& recipe) {
  const HeatingRates rates(recipe);
  const auto& targets = recipe.array("y").encoding;
  const auto scale_of = [&](std::size_t target) {
    if (!targets.transforms[target].is_identity())
      throw Error(
          ErrorKind::usage, "a heating rate in the loss wants fluxes without a transform",
          {.variable = targets.features[target].name, .value = targets.transforms[target].text()});
    return static_cast<float>(targets.scale[target]);
  };
  const auto factors = factors_at_mean_pressure(rates, recipe);
  std::vector<nn::FluxLayers> fluxes;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto& [down, up, pressure] = rates.layers()[i];
    if (i == 0 || rates.layers()[i - 1].down[1] != down[0])
      fluxes.push_back({.down = down[0],
                        .up = up[0],
                        .down_scale = {scale_of(down[0])},
                        .up_scale = {scale_of(up[0])}});
    fluxes.back().down_scale.push_back(scale_of(down[1]));
    fluxes.back().up_scale.push_back(scale_of(up[1]));
    fluxes.back().factor.push_back(factors[i]);
  }
  return fluxes;
}

}  // namespace

nn::Objective objective_of(const ObjectiveOptions& options, const data::Recipe& recipe) {
  expect_fitting_loss(options, recipe);
  if (recipe.classes) return class_objective(options, recipe);
  const auto& targets = recipe.array("y").encoding;
  nn::Objective objective{.loss = options.loss, .weights = weights_of(options, targets)};
  if (options.heating_rate_weight == 0.0) return objective;
  objective.fluxes = layers_at_mean_pressure(recipe);
  std::size_t layers = 0;
  for (const auto& pair : objective.fluxes) layers += pair.factor.size();
  if (layers == 0)
    throw Error(ErrorKind::usage, "--heating-rate-weight, but the columns have no heating rates",
                {.hint = "they follow from targets named ..._dn_... and ..._up_... on the half "
                         "levels of the input pressure_hl"});
  objective.flux_weight =
      static_cast<float>(options.heating_rate_weight * static_cast<double>(targets.width()) /
                         static_cast<double>(layers));
  return objective;
}

}  // namespace colonnade::train
