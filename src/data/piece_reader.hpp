#pragma once

#include "data/class_encoder.hpp"

#include <colonnade/data/column_order.hpp>
#include <colonnade/data/missing_index.hpp>
#include <colonnade/data/raw_set.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::data {

/// Reads a raw set piece by piece: in round k, rank r reads piece k * size + r, so that all ranks
/// work on neighbouring pieces of the same file, and pieces are the same on any number of ranks.
/// Backwards, the rounds' pieces come from the last to the first: what was read last then comes
/// first, and from the system's memory.
class PieceReader {
 public:
  enum class Direction : std::uint8_t { forwards, backwards };

  /// `set` holds `inputs` inputs, then the targets.
  PieceReader(const mpi::Communicator& comm, const RawSet& set, MissingPolicy missing,
              std::size_t inputs, Direction direction = Direction::forwards);

  [[nodiscard]] std::int64_t rounds() const;
  /// Columns that all ranks together read in a round.
  [[nodiscard]] std::int64_t round_columns() const { return piece_ * comm_.size(); }
  [[nodiscard]] std::int64_t bytes_read() const { return bytes_read_; }

  /// Whether a position is wanted.
  using Wanted = std::function<bool(std::int64_t position)>;
  /// **Collective.** Reads this rank's piece of the round, and keeps the columns that are neither
  /// dropped nor unwanted.
  void read(std::int64_t round, const ColumnOrder& order, const Wanted& wanted = {});
  /// Under MissingPolicy fill, what the columns that this rank has read had before.
  [[nodiscard]] const PresenceCounts& presence() const { return presence_; }

  /// Of the piece read last: whether there was one, positions and raw indices of its columns.
  [[nodiscard]] bool has_piece() const { return has_piece_; }
  [[nodiscard]] std::span<const std::int64_t> positions() const { return positions_; }
  [[nodiscard]] std::span<const std::int64_t> sources() const { return sources_; }
  /// The raw values of one of its columns, and whether all of them are numbers.
  [[nodiscard]] std::span<const float> raw_row(std::size_t i) const;
  [[nodiscard]] bool has_all(std::size_t i) const;
  /// One entry a column: 1 when its position lies in the range.
  [[nodiscard]] std::span<const char> in_range(mpi::Range range);
  /// **Collective.** The transformed rows of one array; valid until the next call. Throws a data
  /// error on all ranks, naming file, feature, column and raw value, when a transform gives no
  /// finite number.
  [[nodiscard]] std::span<const float> rows_of(const ArrayRecipe& array);
  /// **Collective.** The rows of the array y where it holds classes, likewise. Throws a data error
  /// on all ranks, naming file, variable, column and value, when one belongs to no class.
  [[nodiscard]] std::span<const float> class_rows(const ArrayRecipe& array,
                                                  const ClassEncoder& classes);

 private:
  /// Throws a data error for the first transformed value that is no finite number.
  void expect_finite(const ArrayRecipe& array) const;
  /// The same error with the file and the column in it where the variable at the raw place stands.
  [[nodiscard]] base::Error located(const base::Error& error, std::int64_t source,
                                    std::int64_t place) const;
  /// Counts and replaces missing values in what was read.
  void fill_missing();
  [[nodiscard]] mpi::Range piece_of(std::int64_t round) const;

  mpi::Communicator comm_;
  const RawSet& set_;
  RawReader reader_;
  Direction direction_;
  MissingTest test_;
  std::optional<float> fill_;
  PresenceCounts presence_{};
  std::int64_t piece_;
  std::int64_t bytes_read_ = 0;
  bool has_piece_ = false;
  mpi::Range columns_;
  std::vector<float> raw_, rows_;
  std::vector<std::int64_t> positions_, sources_;
  std::vector<char> flags_;
};

}  // namespace colonnade::data
