#include "train/column_rows.hpp"

#include <colonnade/base/hash.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/train/lanes.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace colonnade::train {

namespace {

/// Row `row` of `rows`, which are `width` values each.
template <typename Value>
std::span<Value> row_of(std::span<Value> rows, std::int64_t row, std::size_t width) {
  return rows.subspan(static_cast<std::size_t>(row) * width, width);
}

constexpr std::size_t line_bytes = 64, rows_at_once = 8;

/// Copies `count` rows, each of `bytes`, one behind the other, line by line of all.
template <std::size_t count>
[[gnu::always_inline]] inline void copy_together(const std::byte* const* rows, std::size_t bytes,
                                                 std::byte* to) {
  std::size_t b = 0;
  for (; b + line_bytes <= bytes; b += line_bytes)
    for (std::size_t row = 0; row < count; ++row)
      std::memcpy(to + row * bytes + b, rows[row] + b, line_bytes);
  for (std::size_t row = 0; row < count; ++row)
    std::memcpy(to + row * bytes + b, rows[row] + b, bytes - b);
}

/// Copies `rows` of `from`, each of `bytes`, one behind the other. Rows lie anywhere in a memory
/// much larger than the cache: the processor calls ahead in several rows at once.
COLONNADE_VECTOR_WIDTHS
void copy_rows(const std::byte* from, std::span<const std::int64_t> rows, std::size_t bytes,
               std::byte* to) {
  std::array<const std::byte*, rows_at_once> next{};
  std::size_t i = 0;
  const auto place = [&](std::size_t row) {
    return from + static_cast<std::size_t>(rows[row]) * bytes;
  };
  for (; i + rows_at_once <= rows.size(); i += rows_at_once, to += rows_at_once * bytes) {
    for (std::size_t row = 0; row < rows_at_once; ++row) next[row] = place(i + row);
    copy_together<rows_at_once>(next.data(), bytes, to);
  }
  for (; i < rows.size(); ++i, to += bytes) {
    next[0] = place(i);
    copy_together<1>(next.data(), bytes, to);
  }
}

/// Zeros to the rows of `x` and `y` from `row` on.
void clear_rows(std::size_t row, Widths widths, nn::PrecisionBuffer& x, std::span<float> y) {
  std::visit(
      [&](auto& values) {
        const auto rest = values.span().subspan(row * widths.inputs);
        std::fill(rest.begin(), rest.end(), std::remove_reference_t<decltype(rest.front())>());
      },
      x);
  std::fill(y.begin() + static_cast<std::ptrdiff_t>(row * widths.outputs), y.end(), 0.0F);
}

}  // namespace

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

void read_micro_batch(const ReadRows& read, mpi::Range columns, Widths widths,
                      nn::PrecisionBuffer& x, std::span<float> y) {
  std::vector<float> staging;
  for (std::int64_t begin = columns.begin; begin < columns.end; begin += Lanes::run_columns)
    read_rows(read, {begin, std::min(begin + Lanes::run_columns, columns.end)},
              begin - columns.begin, widths, x, y, staging);
  clear_rows(static_cast<std::size_t>(columns.size()), widths, x, y);
}

ColumnRows::ColumnRows(std::int64_t rows, Widths widths, nn::Precision precision)
    : widths_(widths),
      x_(nn::precision_buffer(precision, static_cast<std::size_t>(rows) * widths.inputs)),
      y_(static_cast<std::size_t>(rows) * widths.outputs) {}

void ColumnRows::read(const ReadRows& read, mpi::Range columns, std::int64_t row,
                      std::vector<float>& staging) {
  read_rows(read, columns, row, widths_, x_, y_.span(), staging);
}

void ColumnRows::gather(std::span<const std::int64_t> rows, nn::PrecisionBuffer& x,
                        std::span<float> y) const {
  std::visit(
      [&]<typename Buffer>(Buffer& to) {
        const auto values = std::as_bytes(std::get<Buffer>(x_).span());
        copy_rows(values.data(), rows, widths_.inputs * sizeof(*to.data()),
                  std::as_writable_bytes(to.span()).data());
      },
      x);
  copy_rows(std::as_bytes(y_.span()).data(), rows, widths_.outputs * sizeof(float),
            std::as_writable_bytes(y).data());
  clear_rows(rows.size(), widths_, x, y);
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

}  // namespace colonnade::train
