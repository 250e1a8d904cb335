#pragma once

#include <colonnade/nn/loss.hpp>

#include <cstdint>

namespace colonnade::nn {

/// The sum of a loss of classes over `columns` rows of `outputs` logits, column by column; writes
/// scale * dloss/dprediction to `dy` unless that is null.
double sum_class_loss(const Objective& objective, const float* prediction, const float* target,
                      std::int64_t columns, std::int64_t outputs, float scale, float* dy);

}  // namespace colonnade::nn
