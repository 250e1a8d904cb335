// Where the levels of an evaluation are.
#pragma once

#include <colonnade/train/evaluation.hpp>

#include <cstddef>

namespace colonnade::train {

/// Fills in quantity_pressure_pa and which end of the levels is the top, from the mean pressures;
/// `half_levels` of the raw pressure, 0 where there is none.
void place_levels(Evaluation& evaluation, std::size_t half_levels);

}  // namespace colonnade::train
