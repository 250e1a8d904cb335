#include "train/class_objective.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/feature_pattern.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;
using data::Classes;

namespace {

/// Of balanced weights: a class that is hardly ever there, or always, decides not all.
constexpr double least_balance = 0.01, most_balance = 100.0;

nn::Loss loss_for(const Classes& classes) {
  return classes.kind == Classes::Kind::one ? nn::Loss::cross_entropy : nn::Loss::bce;
}

std::vector<double> balanced_weights(const Classes& classes, const data::Recipe& recipe) {
  std::vector<double> weights = recipe.array("y").encoding.statistics.mean;
  const auto number = static_cast<double>(weights.size());
  for (double& weight : weights) {
    const double frequency = weight;
    weight = std::clamp(classes.kind == Classes::Kind::one ? 1.0 / (number * frequency)
                                                           : (1.0 - frequency) / frequency,
                        least_balance, most_balance);
  }
  return weights;
}

std::vector<double> given_weights(const Classes& classes, const std::vector<std::string>& words) {
  std::vector<data::Feature> names;
  for (const auto& each : classes.classes)
    names.push_back({.name = each.name, .variable = each.name, .units = "1"});
  auto weights =
      data::factors_of(data::parse_factors(words, "--class-weights"), names, "the classes");
  if (std::all_of(weights.begin(), weights.end(),
                  [](double weight) { return static_cast<float>(weight) == 0.0F; }))
    throw Error(ErrorKind::usage, "no class has a weight above 0",
                {.hint = "give another --class-weights"});
  return weights;
}

void refuse_for_classes(bool is_given, const char* option) {
  if (is_given)
    throw Error(ErrorKind::usage,
                fmt::format("{} weighs numbers, and the targets are classes", option),
                {.hint = "use --class-weights"});
}

}  // namespace

nn::Loss loss_of(const std::string& name, const data::Recipe& recipe) {
  if (name != "auto") return nn::loss_from_name(name);
  return recipe.classes ? loss_for(*recipe.classes) : nn::Loss::mse;
}

void expect_fitting_loss(const ObjectiveOptions& options, const data::Recipe& recipe) {
  const auto name = nn::name_of(options.loss);
  if (!recipe.classes) {
    if (nn::is_of_classes(options.loss))
      throw Error(ErrorKind::usage,
                  fmt::format("--loss {} is for classes, and the targets are numbers", name),
                  {.hint = "use --loss mse, mae or huber"});
    if (!options.class_weights.empty())
      throw Error(ErrorKind::usage, "--class-weights are for classes, and the targets are numbers",
                  {.hint = "use --target-weights"});
    return;
  }
  if (const auto fitting = loss_for(*recipe.classes); options.loss != fitting)
    throw Error(ErrorKind::usage,
                fmt::format("--loss {} is not for these targets: {}", name,
                            recipe.classes->kind == Classes::Kind::one
                                ? "each column has one class"
                                : "a column has any number of classes"),
                {.hint = fmt::format("use --loss {}", nn::name_of(fitting))});
  refuse_for_classes(!options.target_weights.empty(), "--target-weights");
  refuse_for_classes(options.weight_by_std, "--weight-by std");
  refuse_for_classes(options.heating_rate_weight != 0.0, "--heating-rate-weight");
}

nn::Objective class_objective(const ObjectiveOptions& options, const data::Recipe& recipe) {
  nn::Objective objective{.loss = options.loss};
  if (options.class_weights.empty()) return objective;
  const bool is_balanced = options.class_weights == std::vector<std::string>{"balanced"};
  const auto weights = is_balanced ? balanced_weights(*recipe.classes, recipe)
                                   : given_weights(*recipe.classes, options.class_weights);
  objective.class_weights.assign(weights.begin(), weights.end());
  return objective;
}

}  // namespace colonnade::train
