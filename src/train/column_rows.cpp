#include "train/column_rows.hpp"

#include <colonnade/base/copy_rows.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/train/lanes.hpp>

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace colonnade::train {

namespace {

/// Row `row` of `rows`, which are `width` values each.
template <typename Value>
std::span<Value> row_of(std::span<Value> rows, std::int64_t row, std::size_t width) {
  return rows.subspan(static_cast<std::size_t>(row) * width, width);
}

/// Copies `rows` of `from`, each of `layout.inputs` values, to the rows of `to` from `first` on.
template <typename Value>
void copy_rows(const Value* from, std::span<const std::int64_t> rows, const nn::InputLayout& layout,
               std::int64_t first, Value* to) {
  const auto bytes = [](std::int64_t values) {
    return static_cast<std::size_t>(values) * sizeof(Value);
  };
  std::vector<const std::byte*> sources;
  sources.reserve(rows.size());
  for (const std::int64_t row : rows)
    sources.push_back(reinterpret_cast<const std::byte*>(from + row * layout.inputs));
  base::copy_rows(sources, {.row_bytes = bytes(layout.inputs),
                            .piece_bytes = bytes(layout.segment),
                            .to = reinterpret_cast<std::byte*>(to + first * layout.stride()),
                            .row_stride = bytes(layout.stride()),
                            .piece_stride = bytes(layout.offset(layout.segment))});
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
                         [&](std::int64_t /*begin*/, std::int64_t /*width*/, std::int64_t place) {
                           std::fill_n(values.data() + place, rows * layout.stride(),
                                       std::remove_reference_t<decltype(*values.data())>());
                         });
      },
      into.x.values);
  const auto width = static_cast<std::ptrdiff_t>(into.y.size()) / into.rows;
  std::fill(into.y.begin() + at * width, into.y.end(), 0.0F);
}

}  // namespace colonnade::train
