#include <colonnade/train/slices.hpp>

#include <algorithm>

namespace colonnade::train {

namespace {

constexpr std::int64_t most_buckets = 6, tiles_of_rank = 4;

std::int64_t tiles_of(std::size_t parameters) {
  return mpi::pieces(static_cast<std::int64_t>(parameters), tile_parameters);
}

std::int64_t buckets_for(std::size_t parameters, int ranks) {
  if (ranks == 1) return 1;
  return std::min(tiles_of(parameters) / (tiles_of_rank * ranks), most_buckets);
}

}  // namespace

Slices::Slices(std::size_t parameters, int ranks)
    : Slices(parameters, ranks, buckets_for(parameters, ranks)) {}

Slices::Slices(std::size_t parameters, int ranks, std::int64_t buckets) {
  const auto end = static_cast<std::int64_t>(parameters);
  const std::int64_t tiles = tiles_of(parameters);
  const std::int64_t parts = std::clamp(buckets, std::int64_t{1}, std::max(tiles, std::int64_t{1}));
  // Tiles beyond equal shares go round the ranks, bucket after bucket.
  std::int64_t turn = 0;
  for (std::int64_t k = 0; k < parts; ++k) {
    const mpi::Range of_bucket = mpi::share(tiles, parts, k);
    const std::int64_t each = of_bucket.size() / ranks, more = of_bucket.size() % ranks;
    auto& begins = begins_.emplace_back();
    std::int64_t tile = of_bucket.begin;
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
      begins.push_back(std::min(end, tile * tile_parameters));
      tile += each + ((rank - turn + ranks) % ranks < more ? 1 : 0);
    }
    begins.push_back(std::min(end, tile * tile_parameters));
    turn = (turn + more) % ranks;
  }
}

std::int64_t Slices::size(int rank) const {
  std::int64_t size = 0;
  for (std::size_t k = 0; k < buckets(); ++k) size += range(rank, k).size();
  return size;
}

std::vector<SlicePiece> Slices::pieces(int rank, mpi::Range part) const {
  std::vector<SlicePiece> pieces;
  std::int64_t first = 0;
  for (std::size_t k = 0; k < buckets(); ++k) {
    const mpi::Range own = range(rank, k);
    const mpi::Range common = mpi::intersection(part, {first, first + own.size()});
    if (!common.empty())
      pieces.push_back({.bucket = k,
                        .parameters = mpi::shifted(common, own.begin - first),
                        .offset = common.begin - first});
    first += own.size();
  }
  return pieces;
}

}  // namespace colonnade::train
