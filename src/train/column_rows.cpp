#include "train/column_rows.hpp"

#include <colonnade/base/hash.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/train/lanes.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <type_traits>

namespace colonnade::train {

namespace {

/// Row `row` of `rows`, which are `width` values each.
template <typename Value>
std::span<Value> row_of(std::span<Value> rows, std::int64_t row, std::size_t width) {
  return rows.subspan(static_cast<std::size_t>(row) * width, width);
}

constexpr std::size_t line_bytes = 64, rows_at_once = 8;

/// A piece of each of some rows: `bytes` that lie `stride` bytes apart in what they are copied to.
struct Piece {
  std::size_t bytes;
  std::byte* to;
  std::size_t stride;
};

template <std::size_t count>
[[gnu::always_inline]] inline void copy_together(const std::byte* const* rows, const Piece& piece) {
  std::size_t b = 0;
  for (; b + line_bytes <= piece.bytes; b += line_bytes)
    for (std::size_t row = 0; row < count; ++row)
      std::memcpy(piece.to + row * piece.stride + b, rows[row] + b, line_bytes);
  for (std::size_t row = 0; row < count; ++row)
    std::memcpy(piece.to + row * piece.stride + b, rows[row] + b, piece.bytes - b);
}

/// Copies a piece of one row or of eight, line by line of all: rows lie anywhere in a memory much
/// larger than the cache, so that the processor calls ahead in several at once.
COLONNADE_VECTOR_WIDTHS
void copy_piece(const std::byte* const* rows, std::size_t count, const Piece& piece) {
  count == 1 ? copy_together<1>(rows, piece) : copy_together<rows_at_once>(rows, piece);
}

/// Copies `rows` of `from`, each of `layout.inputs` values, to the rows of `to` from `first` on.
template <typename Value>
void copy_rows(const Value* from, std::span<const std::int64_t> rows, const nn::InputLayout& layout,
               std::int64_t first, Value* to) {
  const auto bytes = [](std::int64_t values) {
    return static_cast<std::size_t>(values) * sizeof(Value);
  };
  for (std::size_t i = 0; i < rows.size();) {
    const std::size_t count = i + rows_at_once <= rows.size() ? rows_at_once : 1;
    nn::each_segment(layout, first + static_cast<std::int64_t>(i),
                     [&](std::int64_t begin, std::int64_t width, std::int64_t place) {
                       std::array<const std::byte*, rows_at_once> next{};
                       for (std::size_t row = 0; row < count; ++row)
                         next[row] = reinterpret_cast<const std::byte*>(
                             from + rows[i + row] * layout.inputs + begin);
                       copy_piece(next.data(), count,
                                  {bytes(width), reinterpret_cast<std::byte*>(to + place),
                                   bytes(layout.stride(begin))});
                     });
    i += count;
  }
}

/// Rows one behind the other.
nn::InputLayout plain(std::size_t values, std::size_t width) {
  const auto inputs = static_cast<std::int64_t>(width);
  return {static_cast<std::int64_t>(values / width), inputs, inputs};
}

/// Reads `columns` into the rows of `x`, in its precision, and of `y` from `row` on.
void read_rows(const ReadRows& read, mpi::Range columns, std::int64_t row, Widths widths,
               nn::PrecisionBuffer& x, std::span<float> y, std::vector<float>& staging) {
  const auto at = static_cast<std::size_t>(row);
  const auto count = static_cast<std::size_t>(columns.size());
  const std::size_t begin = at * widths.inputs, values = count * widths.inputs;
  if (auto* const floats = std::get_if<base::AlignedBuffer<float>>(&x)) {
    read("x", columns, floats->span().subspan(begin, values));
  } else {
    staging.resize(values);
    read("x", columns, staging);
    auto& rounded = std::get<base::AlignedBuffer<base::Bfloat16>>(x);
    base::round_to_bfloat16(staging, rounded.span().subspan(begin, values));
  }
  read("y", columns, y.subspan(at * widths.outputs, count * widths.outputs));
}

}  // namespace

ColumnRows::ColumnRows(std::int64_t rows, Widths widths, nn::Precision precision)
    : widths_(widths),
      x_(nn::precision_buffer(precision, static_cast<std::size_t>(rows) * widths.inputs)),
      y_(static_cast<std::size_t>(rows) * widths.outputs) {}

void ColumnRows::read(const ReadRows& read, mpi::Range columns, std::int64_t row,
                      std::vector<float>& staging) {
  read_rows(read, columns, row, widths_, x_, y_.span(), staging);
}

void ColumnRows::copy(std::span<const std::int64_t> rows, std::int64_t at,
                      const MicroBatch& into) const {
  std::visit(
      [&]<typename Buffer>(Buffer& to) {
        copy_rows(std::get<Buffer>(x_).data(), rows, into.x.layout, into.first + at, to.data());
      },
      into.x.values);
  copy_rows(y_.data(), rows, plain(into.y.size(), widths_.outputs), at, into.y.data());
}

std::uint64_t ColumnRows::hash(std::int64_t row, std::int64_t column) const {
  const auto of_x = std::visit(
      [&](const auto& x) {
        return base::hash_values(row_of(x.span(), row, widths_.inputs),
                                 static_cast<std::uint64_t>(column));
      },
      x_);
  return base::hash_values(row_of(y_.span(), row, widths_.outputs), of_x);
}

void read_micro_batch(const ReadRows& read, mpi::Range columns, Widths widths,
                      const MicroBatch& into) {
  ColumnRows rows(Lanes::run_columns, widths, into.x.precision());
  std::vector<float> staging;
  std::vector<std::int64_t> each(Lanes::run_columns);
  std::iota(each.begin(), each.end(), std::int64_t{0});
  for (std::int64_t begin = columns.begin; begin < columns.end; begin += Lanes::run_columns) {
    const mpi::Range run{begin, std::min(begin + Lanes::run_columns, columns.end)};
    rows.read(read, run, 0, staging);
    rows.copy(std::span(each).first(static_cast<std::size_t>(run.size())), begin - columns.begin,
              into);
  }
  clear_rows(columns.size(), into);
}

void clear_rows(std::int64_t at, const MicroBatch& into) {
  const nn::InputLayout& layout = into.x.layout;
  const std::int64_t rows = into.rows - at;
  if (rows == 0) return;
  std::visit(
      [&](auto& values) {
        nn::each_segment(layout, into.first + at,
                         [&](std::int64_t begin, std::int64_t /*width*/, std::int64_t place) {
                           std::fill_n(values.data() + place, rows * layout.stride(begin),
                                       std::remove_reference_t<decltype(*values.data())>());
                         });
      },
      into.x.values);
  const auto width = static_cast<std::ptrdiff_t>(into.y.size()) / into.rows;
  std::fill(into.y.begin() + at * width, into.y.end(), 0.0F);
}

}  // namespace colonnade::train
