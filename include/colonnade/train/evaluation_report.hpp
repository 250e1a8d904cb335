#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/train/evaluation.hpp>

#include <map>
#include <string>

namespace colonnade::train {

/// The units of all targets where they share them, else "mixed".
std::string units_of_targets(const Evaluation& evaluation);

/// Tables for the terminal: a row per variable and one for all targets; errors of the model, and
/// the mean absolute error of the other predictors in percent of the mean absolute target; then the
/// ends of the column, and residuals, errors by place and intervals where there are any.
std::string table_of(const Evaluation& evaluation);

/// JSON of everything: `about` (such as run, data, split), the predictors, then errors of all
/// targets, of each variable and of each quantity, by predictor; null where a number is not
/// defined. The README lists the keys.
std::string json_of(const Evaluation& evaluation, const std::map<std::string, std::string>& about);

/// Errors level by level as CSV: one line per quantity along a vertical.
std::string profiles_csv(const Evaluation& evaluation);

/// Errors level by level as NetCDF-4 on this process alone: variables VARIABLE_mae (predictor,
/// LEVELS) and so on, LEVELS being the dimension that the variable has in the raw files ("level"
/// for heating rates), and mean_pressure. Throws storage errors.
void write_profiles(const std::string& path, const Evaluation& evaluation,
                    const data::Recipe& recipe, const std::map<std::string, std::string>& about);

}  // namespace colonnade::train
