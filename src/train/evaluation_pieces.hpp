#pragma once

#include <colonnade/data/moments.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/column_slab.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace colonnade::train {

/// A range of columns in pieces that are dealt to the ranks in rounds: in round k, rank r has piece
/// k * size + r, perhaps an empty one.
class PieceRounds {
 public:
  /// `width` values a column; pieces have at least `least` columns.
  PieceRounds(const mpi::Communicator& comm, mpi::Range columns, std::int64_t width,
              std::int64_t least = 1)
      : columns_(columns),
        length_(std::max(data::piece_columns(width), least)),
        ranks_(comm.size()),
        rank_(comm.rank()) {}

  [[nodiscard]] std::int64_t count() const {
    return mpi::pieces(columns_.size(), length_ * ranks_);
  }
  [[nodiscard]] mpi::Range piece(std::int64_t round) const {
    const std::int64_t begin = columns_.begin + (round * ranks_ + rank_) * length_;
    return mpi::intersection({begin, begin + length_}, columns_);
  }
  /// Columns of a piece that is not the last.
  [[nodiscard]] std::int64_t length() const { return length_; }
  /// Columns of all ranks up to the end of a round.
  [[nodiscard]] std::int64_t done(std::int64_t round) const {
    return std::min(columns_.size(), (round + 1) * ranks_ * length_);
  }

 private:
  mpi::Range columns_;
  std::int64_t length_;
  int ranks_, rank_;
};

/// **Collective.** Rows of "x" or "y" for a range of columns, each rank its own.
inline std::vector<float> read_columns(const mpi::Communicator& comm, const ColumnSource& source,
                                       const std::string& array, mpi::Range columns) {
  const std::int64_t width = array == "x" ? source.inputs : source.outputs;
  auto rows = mpi::agreed(comm, "reading columns", [&] {
    return std::vector<float>(static_cast<std::size_t>(columns.size() * width));
  });
  source.read(array, columns, rows);
  return rows;
}

/// **Collective.** Each column's index in the raw files, of a range of columns, each rank its own.
inline std::vector<std::int64_t> read_sources(const ColumnSource& source, mpi::Range columns) {
  if (source.source_columns) return source.source_columns(columns);
  std::vector<std::int64_t> sources(static_cast<std::size_t>(columns.size()));
  std::iota(sources.begin(), sources.end(), columns.begin);
  return sources;
}

/// **Collective.** The range of the raw files' columns that holds these.
inline mpi::Range sources_of(const mpi::Communicator& comm, const ColumnSource& source,
                             mpi::Range columns) {
  mpi::Range range{std::numeric_limits<std::int64_t>::max(), 0};
  const PieceRounds rounds(comm, columns, 1);
  for (std::int64_t round = 0; round < rounds.count(); ++round)
    for (const auto at : read_sources(source, rounds.piece(round)))
      range = {std::min(range.begin, at), std::max(range.end, at + 1)};
  return {comm.min(range.begin), comm.max(range.end)};
}

}  // namespace colonnade::train
