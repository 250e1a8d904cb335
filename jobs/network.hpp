// What train and scale read from the options alike.
#pragma once

#include <colonnade/app/arguments.hpp>
#include <colonnade/app/command.hpp>
#include <colonnade/nn/mlp.hpp>
#include <colonnade/nn/precision.hpp>
#include <colonnade/train/column_slab.hpp>

#include <cstdint>
#include <vector>

namespace colonnade::jobs {

/// --hidden, --residual, --batch-norm, --dropout, --precision, --batch and --micro-batch.
std::vector<app::Option> network_options();

/// The network that these options describe, for the columns of `source`. Throws
/// base::Error (usage) where there is none.
nn::MlpShape shape_from(const app::Arguments& arguments, const train::ColumnSource& source);

/// What --precision asks for; `all_have_bf16`: whether the processors of all ranks multiply in
/// bf16. Throws base::Error (usage) when they do not, and it is asked for.
nn::Precision precision_from(const app::Arguments& arguments, bool all_have_bf16);

}  // namespace colonnade::jobs
