#pragma once

#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/nn/precision.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// Rows of "x" or "y" for a range of columns.
using ReadRows =
    std::function<void(const std::string& array, mpi::Range columns, std::span<float> rows)>;

/// Where training columns come from: a prepared file, or rows made in memory.
struct ColumnSource {
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  mpi::Range train;
  mpi::Range validation;  ///< perhaps empty
  ReadRows read;          ///< **Collective**, each rank its own columns
  /// **Collective.** Reads rows of `columns` (each rank its own) later, on this rank alone, in any
  /// thread.
  std::function<ReadRows(mpi::Range columns)> reader{};
  /// **Collective.** Each column's index in the raw files; nothing: they are the columns' own.
  std::function<std::vector<std::int64_t>(mpi::Range columns)> source_columns{};
};

/// Bytes of a column in memory: inputs in the precision of training, targets as floats.
inline std::int64_t bytes_of_column(const ColumnSource& source, nn::Precision precision) {
  return source.inputs * static_cast<std::int64_t>(nn::value_bytes(precision)) +
         source.outputs * static_cast<std::int64_t>(sizeof(float));
}

/// The training and validation columns of a prepared file, which must outlive the source. Throws a
/// usage error if the file is not in the flat layout.
ColumnSource source_of(const data::PreparedFile& file);

}  // namespace colonnade::train
