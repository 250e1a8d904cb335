#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::mpi {

/// Folds rows that belong to keys, made by the data's pieces, in the order of the pieces: as
/// OrderedFold, for pieces of which each touches some of many keys.
///
/// Pieces are dealt to the ranks in rounds: in round k, rank r brings the rows of piece
/// k * size + r. Key k is folded by rank k mod size, so the states have the same bits on any number
/// of ranks.
class KeyedFold {
 public:
  /// Merges the row of a next piece into the state of its key.
  using Merge = std::function<void(std::span<double> state, std::span<const double> next)>;

  /// Keys are in [0, keys); each has a state of `width` doubles, zeros before the first piece.
  KeyedFold(const Communicator& comm, std::int64_t keys, std::size_t width, Merge merge);

  /// **Collective.** Takes the next round: the rows (keys.size(), width) of this rank's piece, no
  /// key twice; none where the round did not reach this rank.
  void add_round(std::span<const std::int64_t> keys, std::span<const double> rows);

  /// The state of a key that this rank folds.
  [[nodiscard]] std::span<const double> state(std::int64_t key) const;

  /// **Collective.** The states (keys, width) of all keys on every rank.
  [[nodiscard]] std::vector<double> result() const;

 private:
  [[nodiscard]] std::size_t place(std::int64_t key) const;

  Communicator comm_;
  std::int64_t keys_;
  std::size_t width_;
  Merge merge_;
  std::vector<double> states_;  ///< of the keys of this rank
};

}  // namespace colonnade::mpi
