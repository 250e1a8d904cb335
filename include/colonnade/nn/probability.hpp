#pragma once

#include <cstddef>
#include <span>

namespace colonnade::nn {

/// Logits to probabilities in place, each by itself: 1 / (1 + exp(-logit)), in double, rounded once
/// to float.
void sigmoid(std::span<float> values);

/// Logits to probabilities in place, row by row of `width` values: exp(logit - largest of the row)
/// over their sum, in double, summed in the order of the row, rounded once to float. Takes no
/// memory.
void softmax(std::span<float> rows, std::size_t width);

}  // namespace colonnade::nn
