#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/precision.hpp>
#include <colonnade/train/column_source.hpp>
#include <colonnade/train/lanes.hpp>
#include <colonnade/train/micro_batch.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace colonnade::train {

/// A micro-batch: what one lane computes in one step of an epoch.
struct LaneStep {
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  std::int64_t lane = 0;
};

/// The training columns of this rank's lanes. Any thread may ask, but steps come one after the
/// other: once a thread asks for a step, all have what they want of those before it.
class LaneColumns {
 public:
  LaneColumns() = default;
  virtual ~LaneColumns() = default;
  LaneColumns(const LaneColumns&) = delete;
  LaneColumns& operator=(const LaneColumns&) = delete;

  /// Copies the rows of a micro-batch, and zeros to the rows beyond. May throw base::Error.
  virtual void gather(const LaneStep& at, const MicroBatch& into) = 0;
  /// The sum (modulo 2^64) of a hash of each column of a micro-batch, its index and its row.
  virtual std::uint64_t hash(const LaneStep& at) = 0;
};

/// **Collective.** Reads all columns of this rank's lanes into memory. Throws storage errors on all
/// ranks.
std::unique_ptr<LaneColumns> hold_lanes(const mpi::Communicator& comm, const Lanes& lanes,
                                        const ColumnSource& source, nn::Precision precision,
                                        const base::ProgressSink& progress);

/// **Collective.** Reads them window by window with a thread of its own: while one window of each
/// lane is used, the next one is read, over the ends of epochs up to that of the last of `epochs`.
/// A read that fails throws where its columns are asked for. Throws storage errors on all ranks.
std::unique_ptr<LaneColumns> stream_lanes(const mpi::Communicator& comm, const Lanes& lanes,
                                          const ColumnSource& source, nn::Precision precision,
                                          std::int64_t epochs);

/// Bytes that a rank's stream takes, for plans that touch nothing.
std::int64_t bytes_of_stream(const Lanes& lanes, const ColumnSource& source,
                             nn::Precision precision, int ranks, int rank);

}  // namespace colonnade::train
