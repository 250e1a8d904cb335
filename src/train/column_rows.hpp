#pragma once

#include <colonnade/nn/precision.hpp>
#include <colonnade/train/column_source.hpp>
#include <colonnade/train/micro_batch.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// Values of a column.
struct Widths {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
};

inline Widths widths_of(const ColumnSource& source) {
  return {static_cast<std::size_t>(source.inputs), static_cast<std::size_t>(source.outputs)};
}

/// Rows of columns in memory: inputs in the precision of training, targets as floats.
class ColumnRows {
 public:
  ColumnRows() = default;
  ColumnRows(std::int64_t rows, Widths widths, nn::Precision precision);

  /// Reads `columns` into the rows from `row` on.
  void read(const ReadRows& read, mpi::Range columns, std::int64_t row,
            std::vector<float>& staging);
  /// Copies `rows` to those of a micro-batch from `at` on; it has the same precision.
  void copy(std::span<const std::int64_t> rows, std::int64_t at, const MicroBatch& into) const;
  /// A hash of a column's index and row.
  [[nodiscard]] std::uint64_t hash(std::int64_t row, std::int64_t column) const;

 private:
  Widths widths_;
  nn::PrecisionBuffer x_;
  base::AlignedBuffer<float> y_;
};

/// Reads `columns`, at most a micro-batch, and zeros to the rows beyond.
void read_micro_batch(const ReadRows& read, mpi::Range columns, Widths widths,
                      const MicroBatch& into);

/// Zeros to the rows of a micro-batch from `at` on.
void clear_rows(std::int64_t at, const MicroBatch& into);

}  // namespace colonnade::train
