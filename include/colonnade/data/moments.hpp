#pragma once

#include <colonnade/data/encoding.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/ordered_fold.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::data {

/// Columns of a piece: the unit of reading and of statistics, the same on any number of ranks. The
/// largest power of two up to 1024 whose rows of `width` values take at most 32 MiB.
std::int64_t piece_columns(std::int64_t width);

/// Columns of `width` values that are worth a round of messages among the ranks: many of narrow
/// ones, as pixels are.
std::int64_t columns_of_round(std::int64_t width);

/// Statistics of rows that come piece by piece, dealt to the ranks in rounds (see
/// mpi::OrderedFold).
///
/// NaN is not counted. Within a piece: mean and sum of squared deviations in two passes, double,
/// row after row. Pieces are merged in order by the formulas of Chan, Golub and LeVeque (1979). The
/// result has the same bits on any number of ranks.
class Moments {
 public:
  Moments(const mpi::Communicator& comm, std::size_t width);

  /// **Collective.** Takes the next round: rows of this rank's piece (perhaps none), of which those
  /// with a nonzero entry in `counted` (one a row) are counted. `has_piece` is false on ranks that
  /// the round did not reach.
  void add_round(std::span<const float> rows, std::span<const char> counted, bool has_piece);

  /// **Collective.** The statistics on every rank. A feature whose minimum equals its maximum has a
  /// std of exactly 0.
  [[nodiscard]] Statistics result() const;

 private:
  std::size_t width_;
  std::vector<double> record_;
  mpi::OrderedFold fold_;
};

}  // namespace colonnade::data
