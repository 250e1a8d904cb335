#include "train/column_rows.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/column_slab.hpp>

#include <algorithm>
#include <vector>

namespace colonnade::train {

namespace {

constexpr std::int64_t bytes_per_read = std::int64_t{64} << 20;

}  // namespace

ColumnSlab::ColumnSlab(const mpi::Communicator& comm, const ColumnSource& source,
                       mpi::Range columns, nn::Precision precision, std::string_view phase,
                       const base::ProgressSink& progress)
    : columns_(columns) {
  const mpi::InPhase here("reading columns");
  mpi::agreed(comm, "allocating columns", [&] {
    base::fault_site(base::FaultSite::column_memory);
    rows_ = std::make_unique<ColumnRows>(columns.size(), widths_of(source), precision);
  });
  std::vector<float> staging;
  const std::int64_t rows =
      std::max(std::int64_t{1}, bytes_per_read / bytes_of_column(source, nn::Precision::fp32));
  const std::int64_t rounds = comm.max(mpi::pieces(columns.size(), rows));
  for (std::int64_t round = 0; round < rounds; ++round) {
    const mpi::Range piece = {std::min(columns.end, columns.begin + round * rows),
                              std::min(columns.end, columns.begin + (round + 1) * rows)};
    base::fault_site(base::FaultSite::read_columns);
    rows_->read(source.read, piece, piece.begin - columns.begin, staging);
    if (progress) progress(phase, piece.end - columns.begin, columns.size());
  }
}

ColumnSlab::~ColumnSlab() = default;

void ColumnSlab::gather(std::span<const std::int64_t> columns, const MicroBatch& into) const {
  std::vector<std::int64_t> rows;
  rows.reserve(columns.size());
  for (const std::int64_t column : columns) rows.push_back(row_number(column));
  rows_->copy(rows, 0, into);
  clear_rows(static_cast<std::int64_t>(rows.size()), into);
}

std::uint64_t ColumnSlab::hash(std::span<const std::int64_t> columns) const {
  std::uint64_t sum = 0;
  for (const std::int64_t column : columns) sum += rows_->hash(row_number(column), column);
  return sum;
}

std::int64_t ColumnSlab::row_number(std::int64_t column) const {
  base::expects(columns_.contains(column), "a rank uses columns of its own slab");
  return column - columns_.begin;
}

}  // namespace colonnade::train
