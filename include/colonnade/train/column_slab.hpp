#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/precision.hpp>
#include <colonnade/train/column_source.hpp>
#include <colonnade/train/micro_batch.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace colonnade::train {

class ColumnRows;

/// Contiguous columns of a source in this rank's memory: inputs in the precision of training,
/// targets as floats.
class ColumnSlab {
 public:
  /// **Collective.** Reads `columns` (each rank its own range, perhaps empty), in pieces small
  /// beside the slab. Throws storage errors on all ranks.
  ColumnSlab(const mpi::Communicator& comm, const ColumnSource& source, mpi::Range columns,
             nn::Precision precision, std::string_view phase, const base::ProgressSink& progress);
  ~ColumnSlab();

  /// Copies the rows of `columns` (indices of the source), and zeros to the rows beyond; `into` has
  /// the slab's precision.
  void gather(std::span<const std::int64_t> columns, const MicroBatch& into) const;

  /// The sum (modulo 2^64) of a hash of each of `columns`, its index and its rows: whatever their
  /// order.
  [[nodiscard]] std::uint64_t hash(std::span<const std::int64_t> columns) const;

 private:
  [[nodiscard]] std::int64_t row_number(std::int64_t column) const;

  mpi::Range columns_;
  std::unique_ptr<ColumnRows> rows_;
};

}  // namespace colonnade::train
