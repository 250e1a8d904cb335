#pragma once

#include <colonnade/data/prepared_file.hpp>
#include <colonnade/train/trainer.hpp>

#include <span>
#include <string>

namespace colonnade::train {

/// JSON text of how weights came to be: the resolved config, the data file with its content hash,
/// the epoch and its losses, the hash of the weights, `versions`, precision, and the instruction
/// set that oneDNN uses. Holds no time and no place: equal runs give equal texts.
std::string provenance_of(const std::string& config_ini, const data::PreparedFile& file,
                          const EpochReport& report, std::span<const float> weights,
                          nn::Precision precision, const std::string& versions);

}  // namespace colonnade::train
