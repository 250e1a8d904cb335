#include <colonnade/base/error.hpp>
#include <colonnade/data/groups.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::data {

Groups::Groups(std::vector<std::int64_t> begins, std::vector<std::int64_t> ids,
               std::int64_t columns)
    : begins_(std::move(begins)), ids_(std::move(ids)), columns_(columns) {
  base::expects(!begins_.empty() && begins_.size() == ids_.size() && begins_.front() == 0 &&
                    std::is_sorted(begins_.begin(), begins_.end()) && begins_.back() <= columns_,
                "groups are runs of columns from the first to the last");
  for (const auto id : ids_) count_ = std::max(count_, id + 1);
}

std::int64_t Groups::of(std::int64_t column) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), column);
  return ids_[static_cast<std::size_t>(after - begins_.begin()) - 1];
}

}  // namespace colonnade::data
