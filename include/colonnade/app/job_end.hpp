#pragma once

#include <chrono>
#include <optional>

namespace colonnade::app {

/// When the batch system will end this job: SLURM_JOB_END_TIME (seconds since 1970), else what
/// squeue says of SLURM_JOB_ID; nothing outside Slurm, or when it does not know. May start a
/// process: ask once, on one rank.
std::optional<std::chrono::system_clock::time_point> job_end();

}  // namespace colonnade::app
