#pragma once

#include <array>
#include <string>

namespace colonnade::train {

/// What train makes in a run directory, beside the folders of checkpoints and of TensorBoard.
inline constexpr std::array run_files{"config.ini",   "metrics.csv", "hashes.csv", "log.txt",
                                      "summary.json", "model.h5",    "final.h5"};

/// Where a run's checkpoints and its events for TensorBoard lie.
inline constexpr const char* checkpoints_folder = "checkpoints";
inline constexpr const char* events_folder = "tensorboard";

/// Throws a usage error when `output` is there and train has made it, be it behind links: it has
/// the name of one of the run's files and stands among others of them.
void expect_no_run_file(const std::string& output);

}  // namespace colonnade::train
