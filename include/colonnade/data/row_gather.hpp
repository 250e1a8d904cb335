#pragma once

#include <colonnade/base/copy_rows.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::data {

/// Some neighbouring values of each of a few rows, `stride` values from row to row.
struct RowBlock {
  /// So many rows share what is read for each of their values, and are copied together.
  static constexpr std::size_t most_rows = base::rows_copied_together;

  float* values;
  std::size_t rows;
  std::size_t stride;
  std::size_t first, count;  ///< which of a row's values
};

/// Makes the row of an array from a raw row: row[j] = raw[places[j]], or 0 where the place is -1.
class RowGather {
 public:
  explicit RowGather(const std::vector<std::int64_t>& places);
  void operator()(std::span<const float> raw, std::span<float> row) const;
  /// The same for a block, of raw rows of `raw_width` values one behind the other.
  void operator()(std::span<const float> raw, std::size_t raw_width, const RowBlock& into) const;

 private:
  /// Places that follow one another; of one value without a place, -1.
  struct Run {
    std::int64_t place;
    std::size_t first, count;
  };

  std::vector<Run> runs_;
};

}  // namespace colonnade::data
