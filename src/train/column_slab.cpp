#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/column_slab.hpp>

#include <algorithm>
#include <type_traits>
#include <vector>

namespace colonnade::train {

namespace {

constexpr std::int64_t bytes_per_read = std::int64_t{64} << 20;

/// Row `row` of `rows`, which are `width` values each.
template <typename Value>
std::span<Value> row_of(std::span<Value> rows, std::size_t row, std::size_t width) {
  return rows.subspan(row * width, width);
}

template <typename Value>
void copy_row(std::span<const Value> from, std::span<Value> to) {
  std::copy(from.begin(), from.end(), to.begin());
}

/// Reads float values into a buffer's values from `begin` on: straight, or through `staging`, to be
/// rounded.
template <typename Read>
void read_into(nn::PrecisionBuffer& buffer, std::size_t begin, std::size_t count,
               std::vector<float>& staging, Read read) {
  if (auto* const floats = std::get_if<base::AlignedBuffer<float>>(&buffer)) {
    read(floats->span().subspan(begin, count));
    return;
  }
  staging.resize(count);
  read(std::span(staging));
  base::round_to_bfloat16(
      staging, std::get<base::AlignedBuffer<base::Bfloat16>>(buffer).span().subspan(begin, count));
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
                       mpi::Range columns, nn::Precision precision, std::string_view phase,
                       const base::ProgressSink& progress)
    : columns_(columns),
      inputs_(static_cast<std::size_t>(source.inputs)),
      outputs_(static_cast<std::size_t>(source.outputs)) {
  const mpi::InPhase here("reading columns");
  mpi::agreed(comm, "allocating columns", [&] {
    base::fault_site(base::FaultSite::column_memory);
    const auto rows = static_cast<std::size_t>(columns.size());
    x_ = nn::precision_buffer(precision, rows * inputs_);
    y_ = base::AlignedBuffer<float>(rows * outputs_);
  });
  std::vector<float> staging;
  const auto row_bytes = static_cast<std::int64_t>((inputs_ + outputs_) * sizeof(float));
  const std::int64_t rows = std::max(std::int64_t{1}, bytes_per_read / row_bytes);
  const std::int64_t rounds = comm.max(mpi::pieces(columns.size(), rows));
  for (std::int64_t round = 0; round < rounds; ++round) {
    const mpi::Range piece = {std::min(columns.end, columns.begin + round * rows),
                              std::min(columns.end, columns.begin + (round + 1) * rows)};
    const auto at = static_cast<std::size_t>(piece.begin - columns.begin);
    const auto count = static_cast<std::size_t>(piece.size());
    base::fault_site(base::FaultSite::read_columns);
    read_into(x_, at * inputs_, count * inputs_, staging,
              [&](std::span<float> rows) { source.read("x", piece, rows); });
    source.read("y", piece, y_.span().subspan(at * outputs_, count * outputs_));
    if (progress) progress(phase, piece.end - columns.begin, columns.size());
  }
}

void ColumnSlab::gather(std::span<const std::int64_t> columns, nn::PrecisionBuffer& x,
                        std::span<float> y) const {
  std::visit(
      [&]<typename Buffer>(Buffer& to) {
        const auto rows = std::get<Buffer>(x_).span();
        for (std::size_t i = 0; i < columns.size(); ++i)
          copy_row(row_of(rows, row_number(columns[i]), inputs_), row_of(to.span(), i, inputs_));
        const auto rest = to.span().subspan(columns.size() * inputs_);
        std::fill(rest.begin(), rest.end(), std::remove_reference_t<decltype(rest.front())>());
      },
      x);
  for (std::size_t i = 0; i < columns.size(); ++i)
    copy_row(row_of(y_.span(), row_number(columns[i]), outputs_), row_of(y, i, outputs_));
  std::fill(y.begin() + static_cast<std::ptrdiff_t>(columns.size() * outputs_), y.end(), 0.0F);
}

std::uint64_t ColumnSlab::hash(std::span<const std::int64_t> columns) const {
  std::uint64_t sum = 0;
  for (const std::int64_t column : columns) {
    const std::size_t row = row_number(column);
    const auto of_x = std::visit(
        [&](const auto& x) {
          return base::hash_values(row_of(x.span(), row, inputs_),
                                   static_cast<std::uint64_t>(column));
        },
        x_);
    sum += base::hash_values(row_of(y_.span(), row, outputs_), of_x);
  }
  return sum;
}

std::size_t ColumnSlab::row_number(std::int64_t column) const {
  base::expects(columns_.contains(column), "a rank uses columns of its own slab");
  return static_cast<std::size_t>(column - columns_.begin);
}

}  // namespace colonnade::train
