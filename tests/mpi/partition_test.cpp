#include <colonnade/mpi/partition.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace colonnade::mpi {
namespace {

const std::vector<std::int64_t> counts = {0,  1,   2,   3,    5,       7,      16,
                                          97, 160, 161, 1000, 1085440, 1 << 30};

TEST(Share, TilesTheCountInOrderWithSizesThatDifferByOne) {
  std::int64_t compared = 0;
  for (const std::int64_t count : counts)
    for (std::int64_t parts = 1; parts <= 40; ++parts) {
      std::int64_t end = 0, previous = count / parts + 1;
      for (std::int64_t part = 0; part < parts; ++part, ++compared) {
        const Range range = share(count, parts, part);
        ASSERT_EQ(range.begin, end);
        ASSERT_TRUE(range.size() == count / parts || range.size() == count / parts + 1);
        ASSERT_LE(range.size(), previous) << "larger shares come first";
        previous = range.size();
        end = range.end;
      }
      ASSERT_EQ(end, count);
    }
  EXPECT_EQ(compared, 13 * 820);
}

TEST(Share, OfAnIndexIsTheOneThatHoldsIt) {
  std::int64_t compared = 0;
  for (std::int64_t count = 0; count < 120; ++count)
    for (std::int64_t parts = 1; parts <= 130; parts += 3)
      for (std::int64_t index = 0; index < count; ++index, ++compared)
        ASSERT_TRUE(share(count, parts, share_of(count, parts, index)).contains(index))
            << index << " of " << count << " in " << parts;
  EXPECT_EQ(compared, 120 * 119 / 2 * 44);
}

TEST(Share, CountsBeyondTheRangeOfInt) {
  const std::int64_t count = (std::int64_t{1} << 50) + 1;
  EXPECT_EQ(share(count, 3, 2).end, count);
  for (const std::int64_t index : {std::int64_t{0}, count / 2, count - 1})
    EXPECT_TRUE(share(count, 3, share_of(count, 3, index)).contains(index));
}

TEST(ShareInGrains, CutsOnlyAtGrainsAndTilesTheCount) {
  for (const std::int64_t count : counts)
    for (const std::int64_t grain : {1, 2, 7, 160, 5000})
      for (std::int64_t parts = 1; parts <= 20; ++parts) {
        std::int64_t end = 0;
        for (std::int64_t part = 0; part < parts; ++part) {
          const Range range = share_in_grains(count, grain, parts, part);
          ASSERT_EQ(range.begin, end);
          ASSERT_LE(range.begin, range.end);
          ASSERT_TRUE(range.end == count || range.end % grain == 0);
          end = range.end;
        }
        ASSERT_EQ(end, count);
      }
}

TEST(ShareInGrains, OfAnIndexIsTheOneThatHoldsIt) {
  std::int64_t compared = 0;
  for (std::int64_t count = 1; count < 100; ++count)
    for (const std::int64_t grain : {1, 2, 7, 50, 200})
      for (const std::int64_t parts : {1, 2, 3, 5, 8, 101})
        for (std::int64_t index = 0; index < count; ++index, ++compared) {
          const auto part = share_in_grains_of(count, grain, parts, index);
          ASSERT_TRUE(share_in_grains(count, grain, parts, part).contains(index))
              << index << " of " << count << " in " << parts << " by " << grain;
        }
  EXPECT_EQ(compared, 100 * 99 / 2 * 30);
}

TEST(Pieces, CoverTheCount) {
  EXPECT_EQ(pieces(0, 7), 0);
  EXPECT_EQ(pieces(1, 7), 1);
  EXPECT_EQ(pieces(7, 7), 1);
  EXPECT_EQ(pieces(8, 7), 2);
  EXPECT_EQ(pieces(8, std::numeric_limits<std::int64_t>::max()), 1);
}

TEST(Intersection, IsTheCommonPartOrEmpty) {
  EXPECT_EQ(intersection({0, 5}, {3, 9}), (Range{3, 5}));
  EXPECT_EQ(intersection({3, 9}, {0, 5}), (Range{3, 5}));
  EXPECT_EQ(intersection({0, 9}, {4, 5}), (Range{4, 5}));
  const Range apart = intersection({0, 3}, {5, 9});
  EXPECT_TRUE(apart.empty());
  EXPECT_EQ(apart.size(), 0);
  EXPECT_FALSE((Range{2, 5}.contains(5)));
  EXPECT_TRUE((Range{2, 5}.contains(2)));
}

}  // namespace
}  // namespace colonnade::mpi
