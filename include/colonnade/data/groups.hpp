#pragma once

#include <cstdint>
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

 private:
  std::vector<std::int64_t> begins_, ids_;
  std::int64_t columns_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace colonnade::data
