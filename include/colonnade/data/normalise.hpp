#pragma once

#include <colonnade/data/prepare.hpp>

namespace colonnade::data {

/// Sets offset and scale from the statistics; features that never change get the scale 0 (but none
/// leaves all values as they are). With `one_scale_per_variable` the scale of a variable is the
/// root mean square of the standard deviations of its changing features (zscore), or its whole
/// range (minmax).
void set_normalisation(Encoding& encoding, Normalisation normalisation,
                       bool one_scale_per_variable);

/// Multiplies normalised values by `weights`, above 0: their scales are divided by them.
void weigh(Encoding& encoding, const std::vector<double>& weights);

}  // namespace colonnade::data
