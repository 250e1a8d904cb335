#pragma once

#include <colonnade/base/progress.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/nn/precision.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace colonnade::train {

/// Where training columns come from: a prepared file, or rows made in memory.
struct ColumnSource {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  mpi::Range train;
  mpi::Range validation;  ///< perhaps empty
  /// **Collective.** Rows of "x" or "y" for a range of columns, each rank its own.
  std::function<void(const std::string& array, mpi::Range columns, std::span<float> rows)> read;
};

/// The training and validation columns of a prepared file, which must outlive the source. Throws a
/// usage error if the file is not in the flat layout.
ColumnSource source_of(const data::PreparedFile& file);

/// Contiguous columns of a source in this rank's memory: inputs in the precision of training,
/// targets as floats.
class ColumnSlab {
 public:
  /// **Collective.** Reads `columns` (each rank its own range, perhaps empty), in pieces small
  /// beside the slab. Throws storage errors on all ranks.
  ColumnSlab(const mpi::Communicator& comm, const ColumnSource& source, mpi::Range columns,
             nn::Precision precision, std::string_view phase, const base::ProgressSink& progress);

  /// Copies the rows of `columns` (indices of the source) to the first rows of `x` (rows, inputs)
  /// and `y` (rows, outputs), and zeros to the rows beyond; `x` has the slab's precision.
  void gather(std::span<const std::int64_t> columns, nn::PrecisionBuffer& x,
              std::span<float> y) const;

  /// The sum (modulo 2^64) of a hash of each of `columns`, its index and its rows: whatever their
  /// order.
  [[nodiscard]] std::uint64_t hash(std::span<const std::int64_t> columns) const;

 private:
  [[nodiscard]] std::size_t row_number(std::int64_t column) const;

  mpi::Range columns_;
  std::size_t inputs_, outputs_;
  nn::PrecisionBuffer x_;
  base::AlignedBuffer<float> y_;
};

}  // namespace colonnade::train
