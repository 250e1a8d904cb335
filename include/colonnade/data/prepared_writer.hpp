#pragma once

#include <colonnade/data/column_hash.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// What a prepared file is to hold, known before its rows.
struct PreparedPlan {
  std::int64_t columns = 0;
  std::int64_t shard_columns = 160;
  std::vector<Split> splits;
  Groups groups;                                  ///< of the raw set's columns, or none
  std::map<std::string, std::string> provenance;  ///< file attributes
};

/// Writes the rows of one kind of output, wherever they come from.
///
/// Each rank writes columns of the shards that it owns (mpi::share_in_grains of the columns in
/// shards).
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// **Collective.** Encoded rows of one array (by its number in the recipe) for contiguous columns
  /// of whole shards; perhaps none on this rank.
  virtual void write_rows(std::size_t array, mpi::Range columns, std::span<const float> rows) = 0;
  /// One encoded row, on this rank alone, in any order; throws a storage error.
  virtual void write_row(std::size_t array, std::int64_t column, std::span<const float> row) = 0;
  /// **Collective.** The columns' indices in the raw set, and for each array the hashes of their
  /// rows.
  virtual void write_labels(mpi::Range columns, std::span<const std::int64_t> sources,
                            std::span<const std::vector<std::uint64_t>> row_hashes) = 0;
  /// **Collective.** Completes the output: the final recipe, the hashes of the shards that this
  /// rank owns, the content.
  virtual void finish(const Recipe& recipe, std::span<const std::uint64_t> shard_hashes,
                      const std::string& content) = 0;
};

/// **Collective.** A prepared file at `path` (HDF5; opens as NetCDF-4): reserves its bytes, so that
/// a full disc is met here.
std::unique_ptr<RowSink> make_hdf5_sink(const mpi::Communicator& comm, const std::string& path,
                                        const PreparedPlan& plan, const Recipe& recipe);

/// **Collective.** A folder at `path` with one numpy stack per array, which
/// dask.array.from_npy_stack opens, and metadata.json.
std::unique_ptr<RowSink> make_npy_sink(const mpi::Communicator& comm, const std::string& path,
                                       const PreparedPlan& plan, const Recipe& recipe);

}  // namespace colonnade::data
