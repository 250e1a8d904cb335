#include <colonnade/train/slices.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::size_t net = 488852, wide_net = 2922536;  // 4128-100x3-552, 4128-512x3-552

/// Whether every parameter has one owner, and cuts lie at tiles.
void expect_a_partition(const Slices& slices, std::size_t parameters) {
  ASSERT_EQ(slices.parameters(), parameters);
  std::int64_t next = 0, sum = 0, least = slices.size(0), most = 0;
  for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket) {
    EXPECT_EQ(slices.bucket(bucket).begin, next);
    for (int rank = 0; rank < slices.ranks(); ++rank) {
      const mpi::Range range = slices.range(rank, bucket);
      EXPECT_EQ(range.begin, next);
      EXPECT_TRUE(range.empty() || range.begin % tile_parameters == 0);
      next = range.end;
    }
    EXPECT_EQ(slices.bucket(bucket).end, next);
  }
  for (int rank = 0; rank < slices.ranks(); ++rank) {
    least = std::min(least, slices.size(rank));
    most = std::max(most, slices.size(rank));
    sum += slices.size(rank);
  }
  EXPECT_EQ(next, static_cast<std::int64_t>(parameters));
  EXPECT_EQ(sum, next);
  EXPECT_LT(most - least, 2 * tile_parameters) << "a tile, and what the last one lacks";
  EXPECT_EQ(most, slices.size(0)) << "of which memory plans count";
}

TEST(Slices, GiveEveryParameterOneOwnerAndEveryRankAsMany) {
  for (const std::size_t parameters : {std::size_t{1}, std::size_t{5 * 4096}, net, wide_net})
    for (const int ranks : {1, 2, 3, 5, 8, 121})
      for (const std::int64_t buckets : {1, 2, 3, 6, 1000}) {
        SCOPED_TRACE(std::to_string(parameters) + " parameters, " + std::to_string(ranks) +
                     " ranks, " + std::to_string(buckets) + " buckets");
        const Slices slices(parameters, ranks, buckets);
        const auto tiles = mpi::pieces(static_cast<std::int64_t>(parameters), tile_parameters);
        EXPECT_EQ(slices.buckets(), static_cast<std::size_t>(std::min(buckets, tiles)));
        expect_a_partition(slices, parameters);
      }
}

TEST(Slices, OfOneBucketAreContiguousShares) {
  const Slices slices(net, 5, 1);
  for (int rank = 0; rank < 5; ++rank)
    EXPECT_EQ(slices.range(rank, 0), mpi::share_in_grains(net, tile_parameters, 5, rank));
}

TEST(Slices, HaveFewBucketsWhereMessagesWouldBeSmall) {
  const auto buckets = [](std::size_t parameters, int ranks) {
    return Slices(parameters, ranks).buckets();
  };
  EXPECT_EQ(buckets(net, 1), 1U);
  EXPECT_EQ(buckets(net, 4), 6U);
  EXPECT_EQ(buckets(net, 8), 3U);
  EXPECT_EQ(buckets(net, 16), 1U);
  EXPECT_EQ(buckets(net, 4096), 1U);
  EXPECT_EQ(buckets(wide_net, 16), 6U);
  EXPECT_EQ(buckets(100, 4), 1U);
}

TEST(Slices, FallIntoThePiecesOfThreads) {
  const Slices slices(net, 3, 6);
  for (int rank = 0; rank < 3; ++rank)
    for (const int threads : {1, 2, 4, 7}) {
      std::vector<std::int64_t> filled(slices.buckets());
      for (int thread = 0; thread < threads; ++thread)
        for (const SlicePiece& piece : slices.pieces_of_thread(rank, threads, thread)) {
          EXPECT_FALSE(piece.parameters.empty());
          EXPECT_EQ(piece.parameters.begin % tile_parameters, 0);
          EXPECT_EQ(piece.offset, filled[piece.bucket]);
          EXPECT_EQ(piece.parameters.begin, slices.range(rank, piece.bucket).begin + piece.offset);
          filled[piece.bucket] += piece.parameters.size();
        }
      for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket)
        EXPECT_EQ(filled[bucket], slices.range(rank, bucket).size());
    }
}

}  // namespace
