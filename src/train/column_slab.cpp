#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/column_slab.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace colonnade::train {

namespace {

constexpr std::int64_t bytes_per_read = std::int64_t{64} << 20;

using Buffers = std::pair<base::AlignedBuffer<float>, base::AlignedBuffer<float>>;

Buffers allocate(const mpi::Communicator& comm, std::int64_t columns, std::size_t inputs,
                 std::size_t outputs) {
  return mpi::agreed(comm, "allocating columns", [&] {
    const auto rows = static_cast<std::size_t>(columns);
    return Buffers(rows * inputs, rows * outputs);
  });
}

/// Copies row `from` of `rows` to row `to` of `out`.
void copy_row(std::span<const float> rows, std::size_t from, std::span<float> out, std::size_t to,
              std::size_t width) {
  const auto row = rows.subspan(from * width, width);
  std::copy(row.begin(), row.end(), out.begin() + static_cast<std::ptrdiff_t>(to * width));
}

}  // namespace

ColumnSource source_of(const data::PreparedFile& file) {
  const auto& recipe = file.recipe();
  if (recipe.layout != "flat")
    throw base::Error(base::ErrorKind::usage, "the columns are not in the flat layout",
                      {.file = file.path(),
                       .value = recipe.layout,
                       .hint = "prepare them again with --layout flat"});
  return {.inputs = static_cast<std::int64_t>(recipe.array("x").encoding.width()),
          .outputs = static_cast<std::int64_t>(recipe.array("y").encoding.width()),
          .train = file.split("train"),
          .validation = file.split("validation"),
          .read = [&file](const std::string& array, mpi::Range columns, std::span<float> rows) {
            file.read_rows(array, columns, rows);
          }};
}

ColumnSlab::ColumnSlab(const mpi::Communicator& comm, const ColumnSource& source,
                       mpi::Range columns, std::string_view phase,
                       const base::ProgressSink& progress)
    : columns_(columns),
      inputs_(static_cast<std::size_t>(source.inputs)),
      outputs_(static_cast<std::size_t>(source.outputs)) {
  const mpi::InPhase here("reading columns");
  std::tie(x_, y_) = allocate(comm, columns.size(), inputs_, outputs_);
  const auto row_bytes = static_cast<std::int64_t>((inputs_ + outputs_) * sizeof(float));
  const std::int64_t rows = std::max(std::int64_t{1}, bytes_per_read / row_bytes);
  const std::int64_t rounds = comm.max(mpi::pieces(columns.size(), rows));
  for (std::int64_t round = 0; round < rounds; ++round) {
    const mpi::Range piece = {std::min(columns.end, columns.begin + round * rows),
                              std::min(columns.end, columns.begin + (round + 1) * rows)};
    const auto at = static_cast<std::size_t>(piece.begin - columns.begin);
    const auto count = static_cast<std::size_t>(piece.size());
    source.read("x", piece, x_.span().subspan(at * inputs_, count * inputs_));
    source.read("y", piece, y_.span().subspan(at * outputs_, count * outputs_));
    if (progress) progress(phase, piece.end - columns.begin, columns.size());
  }
}

void ColumnSlab::gather(std::span<const std::int64_t> columns, std::span<float> x,
                        std::span<float> y) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    base::expects(columns_.contains(columns[i]), "a rank gathers columns of its own slab");
    const auto row = static_cast<std::size_t>(columns[i] - columns_.begin);
    copy_row(x_.span(), row, x, i, inputs_);
    copy_row(y_.span(), row, y, i, outputs_);
  }
  std::fill(x.begin() + static_cast<std::ptrdiff_t>(columns.size() * inputs_), x.end(), 0.0F);
  std::fill(y.begin() + static_cast<std::ptrdiff_t>(columns.size() * outputs_), y.end(), 0.0F);
}

std::uint64_t ColumnSlab::hash(std::span<const std::int64_t> columns) const {
  std::uint64_t sum = 0;
  for (const std::int64_t column : columns) {
    base::expects(columns_.contains(column), "a rank hashes columns of its own slab");
    const auto row = static_cast<std::size_t>(column - columns_.begin);
    const std::span<const float> x = x_.span().subspan(row * inputs_, inputs_);
    const std::span<const float> y = y_.span().subspan(row * outputs_, outputs_);
    sum += base::hash_values(y, base::hash_values(x, static_cast<std::uint64_t>(column)));
  }
  return sum;
}

}  // namespace colonnade::train
