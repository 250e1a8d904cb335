#pragma once

#include <colonnade/train/checkpoint.hpp>
#include <colonnade/train/trainer.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace colonnade::train {

/// What a run has come to; `best` and `last` have an epoch.
struct RunSummary {
  std::string status;  ///< "running", "stopped", "done", "stopped early"
  std::string config_ini, data, data_content;
  nn::MlpShape shape;
  const BestModel& best;
  EpochReport last;
  std::string weights;  ///< hash of the final weights; "" before the end
  std::string metrics;  ///< the text of metrics.csv
  double seconds = 0.0;
  int ranks = 1, threads = 1;
  std::string versions;
};

/// The text of summary.json: the options of `config`, then what has come of them, for tables of
/// runs; losses are those of the best epoch unless they are called last. Throughput is the median
/// over the epochs after the first. Ends with a hash of all before it.
std::string json_of(const RunSummary& summary);

/// Reads a summary.json, on this process alone. Throws a storage error when it cannot be read, and
/// a data error when it is not whole or has changed since it was written.
nlohmann::ordered_json read_summary(const std::string& path);

}  // namespace colonnade::train
