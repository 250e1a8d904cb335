#pragma once

#include <cstddef>
#include <span>

namespace colonnade::base {

/// Where rows are copied to: cut into pieces of `piece_bytes` (all but the last), the first ones at
/// `to`; `row_stride` bytes from row to row, `piece_stride` from piece to piece.
struct RowPieces {
  std::size_t row_bytes;
  std::size_t piece_bytes;
  std::byte* to;
  std::size_t row_stride;
  std::size_t piece_stride = 0;
};

/// Rows that copy_rows() takes together.
inline constexpr std::size_t rows_copied_together = 8;

/// Copies rows that lie anywhere in a memory much larger than the caches: several together, line by
/// line of all, and called for ahead, so that many lines are under way at once.
void copy_rows(std::span<const std::byte* const> rows, const RowPieces& pieces);

}  // namespace colonnade::base
