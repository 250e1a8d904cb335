#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/column_source.hpp>

#include <cstdint>
#include <vector>

namespace colonnade::train {

/// Some columns of a source, numbered from 0 on, and the reads that bring them.
class ColumnSubset {
 public:
  /// Adjacent columns of the source that are read at once; `parts` of them are wanted, one after
  /// the other.
  struct Piece {
    mpi::Range columns;
    std::vector<mpi::Range> parts;
  };

  /// A read has at most `most` columns unless one run has more; two runs that are at most `gap`
  /// columns apart are read together with what lies between them.
  ColumnSubset(std::vector<mpi::Range> runs, std::int64_t most, std::int64_t gap);

  [[nodiscard]] std::int64_t size() const { return begins_.back(); }
  [[nodiscard]] std::vector<Piece> pieces(mpi::Range columns) const;
  /// The least range of the source that holds the columns; empty if there are none.
  [[nodiscard]] mpi::Range hull(mpi::Range columns) const;

 private:
  std::vector<mpi::Range> runs_;
  std::int64_t most_, gap_;
  std::vector<std::int64_t> begins_{0};  ///< number of each run's first column; then their count
};

/// The columns of `source` in the runs of `training`, and those of `validation`, as a source whose
/// training split begins at 0 and whose validation split follows it. `source` must outlive it;
/// `comm` is the communicator that its reads are collective over.
ColumnSource subset_of(const mpi::Communicator& comm, const ColumnSource& source,
                       const std::vector<mpi::Range>& training,
                       const std::vector<mpi::Range>& validation);

}  // namespace colonnade::train
