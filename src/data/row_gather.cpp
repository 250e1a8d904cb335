#include <colonnade/data/row_gather.hpp>

#include <cstring>

namespace colonnade::data {

RowGather::RowGather(const std::vector<std::int64_t>& places) {
  for (std::size_t j = 0; j < places.size(); ++j) {
    const bool follows = j > 0 && places[j - 1] >= 0 && places[j] == places[j - 1] + 1;
    if (follows)
      ++runs_.back().count;
    else
      runs_.push_back({places[j], j, 1});
  }
}

void RowGather::operator()(std::span<const float> raw, std::span<float> row) const {
  for (const Run& run : runs_) {
    if (run.count > 1)
      std::memcpy(&row[run.first], &raw[static_cast<std::size_t>(run.place)],
                  run.count * sizeof(float));
    else
      row[run.first] = run.place < 0 ? 0.0F : raw[static_cast<std::size_t>(run.place)];
  }
}

}  // namespace colonnade::data
