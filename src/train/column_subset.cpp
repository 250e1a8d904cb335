#include <colonnade/train/column_subset.hpp>
#include <colonnade/train/folds.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace colonnade::train {

namespace {

/// Of one read, and of what is read between two runs lest they be read one by one.
constexpr std::int64_t piece_bytes = std::int64_t{16} << 20, gap_bytes = std::int64_t{256} << 10;
constexpr std::int64_t least_gap = 16;

using Piece = ColumnSubset::Piece;

/// The rows of a piece, from those of all that is read for it.
void copy_parts(const Piece& piece, std::size_t width, std::span<const float> read, float* to) {
  for (const auto& part : piece.parts) {
    const auto values = static_cast<std::size_t>(part.size()) * width;
    const float* const from =
        read.data() + static_cast<std::size_t>(part.begin - piece.columns.begin) * width;
    to = std::copy(from, from + values, to);
  }
}

/// Reads pieces; further ones, up to `rounds`, are empty.
void read_pieces(const ReadRows& read, const std::string& array, const std::vector<Piece>& pieces,
                 std::size_t rounds, std::size_t width, std::span<float> rows) {
  std::vector<float> staging;
  std::size_t row = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    if (round >= pieces.size()) {
      read(array, {}, {});
      continue;
    }
    const Piece& piece = pieces[round];
    const auto values = static_cast<std::size_t>(columns_of(piece.parts)) * width;
    const auto wanted = rows.subspan(row, values);
    row += values;
    if (piece.parts.size() == 1) {
      read(array, piece.columns, wanted);
      continue;
    }
    staging.resize(static_cast<std::size_t>(piece.columns.size()) * width);
    read(array, piece.columns, staging);
    copy_parts(piece, width, staging, wanted.data());
  }
}

}  // namespace

ColumnSubset::ColumnSubset(std::vector<mpi::Range> runs, std::int64_t most, std::int64_t gap)
    : runs_(std::move(runs)), most_(most), gap_(gap) {
  for (const auto& run : runs_) begins_.push_back(begins_.back() + run.size());
}

std::vector<Piece> ColumnSubset::pieces(mpi::Range columns) const {
  std::vector<Piece> found;
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), columns.begin);
  for (auto run = static_cast<std::size_t>(after - begins_.begin()) - 1;
       run < runs_.size() && begins_[run] < columns.end; ++run) {
    const std::int64_t move = runs_[run].begin - begins_[run];
    const mpi::Range part =
        mpi::shifted(mpi::intersection(columns, {begins_[run], begins_[run + 1]}), move);
    if (part.empty()) continue;
    const bool joins = !found.empty() && found.back().columns.end <= part.begin &&
                       part.begin - found.back().columns.end <= gap_ &&
                       part.end - found.back().columns.begin <= most_;
    if (!joins) found.push_back({part, {}});
    found.back().columns.end = part.end;
    found.back().parts.push_back(part);
  }
  return found;
}

mpi::Range ColumnSubset::hull(mpi::Range columns) const {
  mpi::Range hull{};
  for (const auto& piece : pieces(columns)) {
    if (hull.empty()) hull = piece.columns;
    hull.begin = std::min(hull.begin, piece.columns.begin);
    hull.end = std::max(hull.end, piece.columns.end);
  }
  return hull;
}

ColumnSource subset_of(const mpi::Communicator& comm, const ColumnSource& source,
                       const std::vector<mpi::Range>& training,
                       const std::vector<mpi::Range>& validation) {
  const std::int64_t row_bytes = bytes_of_column(source, nn::Precision::fp32);
  auto runs = training;
  runs.insert(runs.end(), validation.begin(), validation.end());
  const auto subset = std::make_shared<const ColumnSubset>(
      std::move(runs), std::max<std::int64_t>(1, piece_bytes / row_bytes),
      std::max(least_gap, gap_bytes / row_bytes));
  const auto width_of = [&source](const std::string& array) {
    return static_cast<std::size_t>(array == "x" ? source.inputs : source.outputs);
  };
  const std::int64_t end = columns_of(training);
  return {.inputs = source.inputs,
          .outputs = source.outputs,
          .train = {0, end},
          .validation = {end, subset->size()},
          .read =
              [comm, &source, subset, width_of](const std::string& array, mpi::Range columns,
                                                std::span<float> rows) {
                const auto pieces = subset->pieces(columns);
                read_pieces(source.read, array, pieces, comm.max(pieces.size()), width_of(array),
                            rows);
              },
          .reader = [&source, subset, width_of](mpi::Range columns) -> ReadRows {
            return [read = source.reader(subset->hull(columns)), subset, width_of](
                       const std::string& array, mpi::Range part, std::span<float> rows) {
              const auto pieces = subset->pieces(part);
              read_pieces(read, array, pieces, pieces.size(), width_of(array), rows);
            };
          }};
}

}  // namespace colonnade::train
