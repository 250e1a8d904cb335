#pragma once

#include <colonnade/data/classes.hpp>

#include <cstdint>
#include <span>

namespace colonnade::train {

/// Logits to probabilities in place, rows of one value a class: nn::softmax for one class of many,
/// else nn::sigmoid.
void to_probabilities(data::Classes::Kind kind, std::size_t classes, std::span<float> rows);

/// What a row of probabilities says: 1 for the classes that it gives the column, else 0. One of
/// many: the most probable, the first one if there are several; many: those of at least
/// `threshold`.
void decide(data::Classes::Kind kind, std::span<const float> probabilities, double threshold,
            std::span<std::int8_t> members);

}  // namespace colonnade::train
