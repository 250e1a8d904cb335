#pragma once

#include <colonnade/io/hdf5.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// Which columns of a raw set belong together, so that splits and folds do not part them: files of
/// a day, tiles of an image. Pure arithmetic on a column's index in the raw set.
class Groups {
 public:
  /// No groups: each column stands for itself.
  Groups() = default;
  /// Columns from begins[i] on, up to begins[i + 1] or `columns`, belong to ids[i]. `begins`
  /// ascends from 0.
  Groups(std::vector<std::int64_t> begins, std::vector<std::int64_t> ids, std::int64_t columns);

  [[nodiscard]] bool empty() const noexcept { return begins_.empty(); }
  /// The group of a column: an id from 0 on.
  [[nodiscard]] std::int64_t of(std::int64_t column) const;
  /// Ids are below this.
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// Runs of columns of one group.
  [[nodiscard]] const std::vector<std::int64_t>& begins() const noexcept { return begins_; }
  [[nodiscard]] const std::vector<std::int64_t>& ids() const noexcept { return ids_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  /// Columns of each group that are not among `dropped`, which ascend.
  [[nodiscard]] std::vector<std::int64_t> sizes(std::span<const std::int64_t> dropped) const;

 private:
  std::vector<std::int64_t> begins_, ids_;
  std::int64_t columns_ = 0;
  std::int64_t count_ = 0;
};

/// Runs of `lengths[i]` columns one after the other, of the group ids[i]: the files of a raw set.
Groups groups_of_runs(std::span<const std::int64_t> lengths, std::span<const std::int64_t> ids);

/// The length of a tile along one dimension.
struct Tile {
  std::string dimension;
  std::int64_t length;
};

/// Reads "y=150,x=125"; throws a usage error for what is not such a list.
std::vector<Tile> parse_tiles(const std::string& text);

/// Columns along `dimensions`, the last one fastest, belong to the tile that they lie in, whatever
/// their place along dimensions without a tile: a place has the same group at all times. The last
/// tile along a dimension may be shorter. Throws a usage error for a dimension that there is not.
Groups groups_of_tiles(std::span<const io::Dimension> dimensions, std::span<const Tile> tiles);

}  // namespace colonnade::data
