// What evaluate does for models of numbers and for models of classes.
#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/evaluation.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace colonnade::jobs {

/// Where things are.
struct EvaluationPlaces {
  std::string model, data, json, folder;
};

/// Throws a storage error where the folder of an output does not exist.
EvaluationPlaces evaluation_places(const app::Arguments& arguments);

/// One path for all ways to write it, also of what is not there yet.
std::filesystem::path place_of(const std::string& path);

/// What an evaluation starts from.
struct EvaluationInput {
  const app::Arguments& arguments;
  EvaluationPlaces places;
  train::EvaluationOptions options;
  train::Model model;
  train::ColumnSource source;
  mpi::Range columns;                        ///< of the split
  std::map<std::string, std::string> about;  ///< for the JSON
};

/// Throws a usage error for an option that means nothing to the model, which tells classes if
/// `classes` is there.
void expect_options_fit(const app::Arguments& arguments,
                        const std::optional<data::Classes>& classes);

/// **Collective.** Evaluates a model of classes: writes the JSON and prints the tables, or the plan
/// of a dry run.
void evaluate_classes(const mpi::Communicator& comm, const EvaluationInput& input);

}  // namespace colonnade::jobs
