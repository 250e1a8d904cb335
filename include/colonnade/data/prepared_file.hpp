#pragma once

#include <colonnade/data/column_reader.hpp>
#include <colonnade/data/groups.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// A prepared file, open for reading on all ranks.
class PreparedFile {
 public:
  /// **Collective.** Checks all bytes but those of the columns (io::check_seal). Throws a data or
  /// storage error, on all ranks, when the file is not a whole prepared file.
  static PreparedFile open(const mpi::Communicator& comm, const std::string& path);
  /// **Collective.**
  ~PreparedFile();
  PreparedFile(PreparedFile&&) noexcept;

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const Recipe& recipe() const;
  [[nodiscard]] std::int64_t columns() const;
  [[nodiscard]] std::int64_t shard_columns() const;
  /// Columns of "train", "validation" or "test"; throws a usage error naming the splits the file
  /// has.
  [[nodiscard]] mpi::Range split(const std::string& name) const;
  /// Hash of the logical content, whatever the chunking, as 16 hexadecimal digits.
  [[nodiscard]] const std::string& content() const;

  /// Which columns, by their indices in the raw set, belong together; empty if the file was not
  /// split by groups.
  [[nodiscard]] const Groups& groups() const;
  /// How columns were divided among the splits, "tile y=150,x=125"; "" where by columns.
  [[nodiscard]] const std::string& split_by() const;

  /// **Collective.** Rows of `columns` (each rank its own range, perhaps empty) of the array "x",
  /// "y" or "edge" into `rows`, which holds columns.size() rows of the array's width. Throws on all
  /// ranks storage errors, and a data error naming the first row that is not what was written.
  void read_rows(const std::string& array, mpi::Range columns, std::span<float> rows) const;
  /// **Collective.** Each column's index in the raw set.
  [[nodiscard]] std::vector<std::int64_t> source_columns(mpi::Range columns) const;
  /// **Collective.** Reads `columns` (each rank its own range, perhaps empty) later, whenever this
  /// rank alone wants them. Throws storage errors on all ranks.
  [[nodiscard]] ColumnReader reader(mpi::Range columns) const;
  /// **Collective.** Re-reads everything and compares the hashes of rows, shards and content;
  /// throws a data error naming the first row that differs.
  void verify() const;

 private:
  struct State;
  explicit PreparedFile(std::unique_ptr<State> state);
  /// As read_rows; returns the sum of the rows' hashes.
  std::uint64_t read_checked(const std::string& array, mpi::Range columns,
                             std::span<float> rows) const;
  /// **Collective.**
  [[nodiscard]] RowLabels labels(const std::string& array, mpi::Range columns) const;
  std::unique_ptr<State> state_;
};

}  // namespace colonnade::data
