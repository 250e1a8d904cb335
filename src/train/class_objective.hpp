#pragma once

#include <colonnade/train/objective.hpp>

namespace colonnade::train {

/// Throws a usage error, which names what to use, when the loss or an option that weighs it is not
/// for the targets.
void expect_fitting_loss(const ObjectiveOptions& options, const data::Recipe& recipe);

/// The objective for targets that tell classes. Throws as objective_of does.
nn::Objective class_objective(const ObjectiveOptions& options, const data::Recipe& recipe);

}  // namespace colonnade::train
