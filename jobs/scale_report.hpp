// What scale tells of its measurements: the table, and the CSV.
#pragma once

#include <colonnade/train/scaling.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::jobs {

enum class ScaleMode { strong, weak };

/// One count of ranks in one mode: the batch that it trains with, and what was measured.
struct ScaleCase {
  ScaleMode mode = ScaleMode::strong;
  int ranks = 1;
  std::int64_t batch = 0;
  std::int64_t steps = 1;   ///< of an epoch
  std::int64_t epochs = 2;  ///< of a measured run, the first of them not counted
  std::vector<train::ScalingSample> samples{};
};

const char* name_of(ScaleMode mode);

/// Mean and range of the samples' columns/s.
struct Rate {
  double mean = 0.0, least = 0.0, most = 0.0;
};
Rate rate_of(const std::vector<train::ScalingSample>& samples);

/// Mean of the samples' splits.
train::StepSplit mean_split(const std::vector<train::ScalingSample>& samples);

/// The table for people; each mode's efficiency is against its first case.
std::string table_of(const std::vector<ScaleCase>& cases);

/// The same as CSV, a line a case, in full.
std::string csv_of(const std::vector<ScaleCase>& cases, int threads);

}  // namespace colonnade::jobs
