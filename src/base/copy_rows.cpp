#include <colonnade/base/copy_rows.hpp>
#include <colonnade/base/vectors.hpp>

#include <algorithm>
#include <cstring>

namespace colonnade::base {

namespace {

constexpr std::size_t line_bytes = 64, ahead_bytes = 512;

template <std::size_t count>
[[gnu::always_inline]] inline void copy_together(const std::byte* const* rows,
                                                 const RowPieces& pieces, std::byte* to) {
  for (std::size_t begin = 0; begin < pieces.row_bytes;
       begin += pieces.piece_bytes, to += pieces.piece_stride) {
    const std::size_t size = std::min(pieces.piece_bytes, pieces.row_bytes - begin);
    std::size_t b = 0;
    for (; b + line_bytes <= size; b += line_bytes)
      for (std::size_t row = 0; row < count; ++row) {
        __builtin_prefetch(rows[row] + begin + b + ahead_bytes);
        std::memcpy(to + row * pieces.row_stride + b, rows[row] + begin + b, line_bytes);
      }
    for (std::size_t row = 0; row < count; ++row)
      std::memcpy(to + row * pieces.row_stride + b, rows[row] + begin + b, size - b);
  }
}

COLONNADE_VECTOR_WIDTHS
void copy_several(const std::byte* const* rows, const RowPieces& pieces, std::byte* to) {
  copy_together<rows_copied_together>(rows, pieces, to);
}

COLONNADE_VECTOR_WIDTHS
void copy_one(const std::byte* const* rows, const RowPieces& pieces, std::byte* to) {
  copy_together<1>(rows, pieces, to);
}

}  // namespace

void copy_rows(std::span<const std::byte* const> rows, const RowPieces& pieces) {
  std::byte* to = pieces.to;
  while (rows.size() >= rows_copied_together) {
    copy_several(rows.data(), pieces, to);
    rows = rows.subspan(rows_copied_together);
    to += rows_copied_together * pieces.row_stride;
  }
  for (; !rows.empty(); rows = rows.subspan(1), to += pieces.row_stride)
    copy_one(rows.data(), pieces, to);
}

}  // namespace colonnade::base
