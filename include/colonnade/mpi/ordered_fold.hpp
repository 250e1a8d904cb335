#pragma once

#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::mpi {

/// Folds records made by the data's pieces, in the order of the pieces, whichever rank made which.
///
/// A record is `fields` doubles for each of `items` (features, say), item after item. Pieces are
/// dealt to the ranks in rounds: in round k, rank r brings the record of piece k * size + r. Each
/// rank folds the records of its own share of the items, piece after piece, so the result has the
/// same bits on any number of ranks.
class OrderedFold {
 public:
  /// Merges the record of a next piece into the state, both of `fields` doubles, for one item.
  using Merge = std::function<void(std::span<double> state, std::span<const double> next)>;

  /// `initial` is the state of every item before the first piece.
  OrderedFold(const Communicator& comm, std::int64_t items, std::vector<double> initial,
              Merge merge);

  /// **Collective.** Takes the next round; an empty `record` says that this rank has no piece in it
  /// (ranks without a piece follow all ranks with one).
  void add_round(std::span<const double> record);

  /// **Collective.** The states of all items on every rank, item after item.
  [[nodiscard]] std::vector<double> result() const;

 private:
  Communicator comm_;
  std::int64_t items_;
  std::int64_t fields_;
  Merge merge_;
  Range mine_;
  std::vector<double> state_;
  std::vector<double> received_;
};

}  // namespace colonnade::mpi
