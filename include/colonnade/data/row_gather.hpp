#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::data {

/// Makes the row of an array from a raw row: row[j] = raw[places[j]], or 0 where the place is -1.
class RowGather {
 public:
  explicit RowGather(const std::vector<std::int64_t>& places);
  void operator()(std::span<const float> raw, std::span<float> row) const;

 private:
  /// Places that follow one another; of one value without a place, -1.
  struct Run {
    std::int64_t place;
    std::size_t first, count;
  };

  std::vector<Run> runs_;
};

}  // namespace colonnade::data
