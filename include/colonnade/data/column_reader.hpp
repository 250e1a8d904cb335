#pragma once

#include <colonnade/io/plain_rows.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// What the rows of an array of a prepared file must be: checked on every read.
struct RowLabels {
  std::string path;
  std::string array;
  std::size_t number = 0;  ///< of the array in the recipe
  std::int64_t shard_columns = 0;
  mpi::Range columns;                 ///< that have labels
  std::vector<std::int64_t> sources;  ///< of each column
  std::vector<std::uint64_t> hashes;  ///< of each column's row

  /// Throws a data error naming the first column of `part` whose row is not what was written.
  void check(mpi::Range part, std::span<const float> rows) const;
};

/// Reads columns of a prepared file on this rank alone, in any thread and in several at once.
/// PreparedFile::reader makes it; it holds 16 bytes for each column and array.
class ColumnReader {
 public:
  struct Array {
    RowLabels labels;
    io::PlainRows rows;
  };
  explicit ColumnReader(std::vector<Array> arrays);

  /// Rows of `columns`, of those that the reader was made for, as PreparedFile::read_rows. Throws
  /// storage errors, and a data error naming the first row that is not what was written.
  void read_rows(const std::string& array, mpi::Range columns, std::span<float> rows) const;

 private:
  std::vector<Array> arrays_;
};

}  // namespace colonnade::data
