#pragma once

#include <colonnade/train/column_source.hpp>
#include <colonnade/train/lanes.hpp>

#include <cstdint>
#include <string>

namespace colonnade::train {

struct TrainerConfig;

/// Which columns the ranks hold in memory, and which they read from the file whenever they need
/// them: pure arithmetic, the same on all ranks. Bytes are those of rank 0, which has most.
struct MemoryPlan {
  bool streams_training = false;
  bool streams_validation = false;
  std::int64_t column_bytes = 0;
  std::int64_t bytes = 0;  ///< columns, network and gradients
  std::int64_t limit_bytes = 0;

  /// In a line: which way is taken, and the bytes.
  [[nodiscard]] std::string text() const;
};

/// What fits into config.memory_bytes: all columns in memory, else training columns streamed, and
/// validation columns in memory if they take no more than half of what is left. Throws a usage
/// error that says how much is needed when not even that fits.
MemoryPlan plan_memory(const TrainerConfig& config, const ColumnSource& source, int ranks);

/// Contiguous validation columns of a rank: whole micro-batches but for the last.
mpi::Range validation_columns(const TrainerConfig& config, const ColumnSource& source, int ranks,
                              int rank);

/// How many of a batch's micro-batches a thread of a rank trains at once: a power of two.
std::int64_t lanes_at_once(const TrainerConfig& config, std::int64_t lanes, int ranks, int rank);

}  // namespace colonnade::train
