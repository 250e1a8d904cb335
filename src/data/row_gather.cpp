#include <colonnade/base/copy_rows.hpp>
#include <colonnade/data/row_gather.hpp>

#include <algorithm>
#include <array>
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

void RowGather::operator()(std::span<const float> raw, std::size_t raw_width,
                           const RowBlock& into) const {
  const std::size_t end = into.first + into.count;
  auto run = std::partition_point(runs_.begin(), runs_.end(), [&](const Run& candidate) {
    return candidate.first + candidate.count <= into.first;
  });
  for (; run != runs_.end() && run->first < end; ++run) {
    const std::size_t begin = std::max(run->first, into.first),
                      count = std::min(run->first + run->count, end) - begin;
    float* const to = into.values + (begin - into.first);
    if (run->place < 0) {
      for (std::size_t row = 0; row < into.rows; ++row) to[row * into.stride] = 0.0F;
      continue;
    }
    const std::size_t place = static_cast<std::size_t>(run->place) + (begin - run->first);
    std::array<const std::byte*, RowBlock::most_rows> sources{};
    for (std::size_t row = 0; row < into.rows; ++row)
      sources[row] = reinterpret_cast<const std::byte*>(&raw[row * raw_width + place]);
    base::copy_rows(std::span(sources).first(into.rows),
                    {.row_bytes = count * sizeof(float),
                     .piece_bytes = count * sizeof(float),
                     .to = reinterpret_cast<std::byte*>(to),
                     .row_stride = into.stride * sizeof(float)});
  }
}

}  // namespace colonnade::data
