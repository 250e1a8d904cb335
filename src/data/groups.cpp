#include "data/words.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/groups.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

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

std::vector<std::int64_t> Groups::sizes(std::span<const std::int64_t> dropped) const {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(count_), 0);
  for (std::size_t i = 0; i < begins_.size(); ++i) {
    const auto end = i + 1 < begins_.size() ? begins_[i + 1] : columns_;
    sizes[static_cast<std::size_t>(ids_[i])] += end - begins_[i];
  }
  for (const auto column : dropped) --sizes[static_cast<std::size_t>(of(column))];
  return sizes;
}

Groups groups_of_runs(std::span<const std::int64_t> lengths, std::span<const std::int64_t> ids) {
  base::expects(lengths.size() == ids.size(), "each run of columns has a group");
  std::vector<std::int64_t> begins, different;
  std::int64_t columns = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] > 0 && (different.empty() || different.back() != ids[i])) {
      begins.push_back(columns);
      different.push_back(ids[i]);
    }
    columns += lengths[i];
  }
  if (begins.empty()) return {};
  return {std::move(begins), std::move(different), columns};
}

std::vector<Tile> parse_tiles(const std::string& text) {
  std::vector<Tile> tiles;
  for (const auto& word : parts_of(text, ",")) {
    const auto equals = word.find('=');
    const double length =
        equals == std::string::npos ? 0.0 : number_of(trimmed(word.substr(equals + 1))).value_or(0);
    Tile tile{trimmed(word.substr(0, equals)), 0};
    const bool is_new = std::none_of(tiles.begin(), tiles.end(), [&](const Tile& other) {
      return other.dimension == tile.dimension;
    });
    if (length < 1.0 || length > 1e15 || length != std::floor(length) || tile.dimension.empty() ||
        !is_new)
      throw Error(ErrorKind::usage, "--tile takes dimensions and lengths, each dimension once",
                  {.value = word, .hint = "as in --tile y=150,x=125"});
    tile.length = static_cast<std::int64_t>(length);
    tiles.push_back(std::move(tile));
  }
  return tiles;
}

namespace {

/// A dimension cut into tiles; one that is not cut has a single one.
struct Cut {
  std::int64_t length, tile;
  [[nodiscard]] std::int64_t tiles() const { return mpi::pieces(length, tile); }
};

std::vector<Cut> cuts_of(std::span<const io::Dimension> dimensions, std::span<const Tile> tiles) {
  std::vector<Cut> cuts;
  for (const auto& [name, length] : dimensions)
    cuts.push_back({length, std::max<std::int64_t>(length, 1)});
  for (const auto& tile : tiles) {
    const auto found =
        std::find_if(dimensions.begin(), dimensions.end(),
                     [&](const io::Dimension& known) { return known.name == tile.dimension; });
    if (found == dimensions.end()) {
      std::vector<std::string> names;
      for (const auto& known : dimensions) names.push_back(known.name);
      throw Error(ErrorKind::usage, "--tile names a dimension along which no columns lie",
                  {.value = tile.dimension,
                   .hint = fmt::format("they lie along {}", fmt::join(names, ", "))});
    }
    cuts[static_cast<std::size_t>(found - dimensions.begin())].tile = tile.length;
  }
  return cuts;
}

}  // namespace

Groups groups_of_tiles(std::span<const io::Dimension> dimensions, std::span<const Tile> tiles) {
  const auto cuts = cuts_of(dimensions, tiles);
  std::size_t last = cuts.size() - 1;  // that is cut: a run is a stretch of whole rows below it
  while (last > 0 && cuts[last].tiles() == 1) --last;
  std::int64_t outer = 1, inner = 1;
  for (std::size_t d = 0; d < cuts.size(); ++d)
    (d < last ? outer : inner) *= d == last ? 1 : cuts[d].length;
  std::vector<std::int64_t> lengths, ids;
  for (std::int64_t row = 0; row < outer; ++row) {
    std::int64_t id = 0, stride = cuts[last].tiles(), rest = row;
    for (std::size_t d = last; d-- > 0; rest /= cuts[d].length) {
      id += rest % cuts[d].length / cuts[d].tile * stride;
      stride *= cuts[d].tiles();
    }
    for (std::int64_t tile = 0; tile < cuts[last].tiles(); ++tile) {
      const std::int64_t begin = tile * cuts[last].tile;
      lengths.push_back(std::min(cuts[last].tile, cuts[last].length - begin) * inner);
      ids.push_back(id + tile);
    }
  }
  return groups_of_runs(lengths, ids);
}

}  // namespace colonnade::data
