#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/nn/precision.hpp>
#include <colonnade/train/objective.hpp>
#include <colonnade/train/trainer.hpp>

#include <cstdint>

namespace colonnade::jobs {

/// What train can be told, and its help.
app::Command train_command();

/// --loss and the options that weigh it.
train::ObjectiveOptions objective_options(const app::Arguments& arguments,
                                          const data::Recipe& recipe);

/// All else that decides how the columns of `source` are trained with. Throws base::Error (usage)
/// where there is no such network.
train::TrainerConfig config_from(const app::Arguments& arguments, const train::ColumnSource& source,
                                 nn::Precision precision, std::int64_t memory_bytes);

}  // namespace colonnade::jobs
