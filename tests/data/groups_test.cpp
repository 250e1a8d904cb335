#include <colonnade/base/error.hpp>
#include <colonnade/data/column_order.hpp>
#include <colonnade/data/groups.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

using Ints = std::vector<std::int64_t>;

/// The message of the usage error that the work must throw.
template <typename Work>
std::string refused(Work work) {
  try {
    work();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

TEST(Groups, OfRunsJoinNeighboursOfOneGroupAndSkipEmptyRuns) {
  const auto groups = groups_of_runs(Ints{5, 0, 3, 2, 4}, Ints{1, 0, 1, 0, 2});
  EXPECT_EQ(groups.begins(), (Ints{0, 8, 10}));
  EXPECT_EQ(groups.ids(), (Ints{1, 0, 2}));
  EXPECT_EQ(groups.columns(), 14);
  EXPECT_EQ(groups.count(), 3);
  EXPECT_EQ(groups.sizes({}), (Ints{2, 8, 4}));
  EXPECT_EQ(groups.sizes(Ints{0, 7, 8, 13}), (Ints{1, 6, 3}));
  EXPECT_TRUE(groups_of_runs(Ints{0}, Ints{0}).empty());
}

TEST(Groups, OfTilesAreThoseOfALoopOverAllPlaces) {
  const std::vector<io::Dimension> dimensions{{"time", 3}, {"y", 7}, {"x", 5}, {"member", 2}};
  std::int64_t compared = 0;
  for (const std::vector<Tile>& tiles : {std::vector<Tile>{{"y", 3}, {"x", 2}},
                                         {{"x", 5}},
                                         {{"x", 4}},
                                         {{"y", 1}},
                                         {{"member", 1}},
                                         {{"time", 2}, {"x", 100}},
                                         {{"member", 1}, {"y", 4}, {"time", 1}}}) {
    const auto groups = groups_of_tiles(dimensions, tiles);
    ASSERT_EQ(groups.columns(), 3 * 7 * 5 * 2);
    std::map<std::vector<std::int64_t>, std::int64_t> ids;
    std::int64_t column = 0;
    std::array<std::int64_t, 4> at{};
    for (at[0] = 0; at[0] < 3; ++at[0])
      for (at[1] = 0; at[1] < 7; ++at[1])
        for (at[2] = 0; at[2] < 5; ++at[2])
          for (at[3] = 0; at[3] < 2; ++at[3], ++column) {
            std::vector<std::int64_t> place(4, 0);
            for (std::size_t d = 0; d < 4; ++d)
              for (const auto& tile : tiles)
                if (tile.dimension == dimensions[d].name) place[d] = at[d] / tile.length;
            ids.emplace(place, groups.of(column));
            ASSERT_EQ(groups.of(column), ids.at(place)) << column;
            ++compared;
          }
    std::set<std::int64_t> distinct;
    for (const auto& [place, id] : ids) distinct.insert(id);
    EXPECT_EQ(distinct.size(), ids.size());
    EXPECT_EQ(groups.count(), static_cast<std::int64_t>(ids.size()));
  }
  EXPECT_EQ(compared, 7 * 210);
}

TEST(Groups, OfTilesMakeFewRuns) {
  const std::vector<io::Dimension> scan{{"y", 1500}, {"x", 2500}};
  EXPECT_EQ(groups_of_tiles(scan, parse_tiles("y=150,x=125")).begins().size(), 1500U * 20);
  EXPECT_EQ(groups_of_tiles(scan, parse_tiles("y=150")).begins().size(), 10U);
}

TEST(Groups, OfTilesRefuseOtherDimensionsAndLengths) {
  const std::vector<io::Dimension> scan{{"y", 6}, {"x", 4}};
  const auto text = refused([&] { groups_of_tiles(scan, parse_tiles("y=2,z=2")); });
  EXPECT_NE(text.find("(z)"), std::string::npos) << text;
  EXPECT_NE(text.find("y, x"), std::string::npos) << text;
  for (const char* tiles : {"", "y", "y=0", "y=-2", "y=1.5", "y=two", "=3", "y=2,y=3", "y=2,"})
    EXPECT_NE(refused([&] { parse_tiles(tiles); }).find("--tile"), std::string::npos) << tiles;
}

/// Columns of each split.
std::array<std::int64_t, 3> dealt(const Ints& sizes, const std::vector<int>& splits) {
  std::array<std::int64_t, 3> columns{};
  for (std::size_t g = 0; g < sizes.size(); ++g)
    columns.at(static_cast<std::size_t>(splits[g])) += sizes[g];
  return columns;
}

TEST(DrawSplits, MeetsTheFractionsOfEqualGroupsExactly) {
  const Ints ten(10, 77);
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_EQ(dealt(ten, draw_splits(ten, {0.8, 0.1, 0.1}, seed)),
              (std::array<std::int64_t, 3>{8 * 77, 77, 77}));
}

TEST(DrawSplits, ComesNearToTheFractionsOfUnequalGroups) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Ints sizes;
    for (std::int64_t g = 0; g < 60; ++g)
      sizes.push_back(1 + (g * 7919 + static_cast<std::int64_t>(seed) * 131) % 1000);
    sizes[7] = 9000;
    const auto total = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), 0LL));
    const std::array fractions{0.7, 0.2, 0.1};
    const auto columns = dealt(sizes, draw_splits(sizes, fractions, seed));
    for (std::size_t s = 0; s < 3; ++s)
      EXPECT_NEAR(static_cast<double>(columns[s]) / total, fractions[s], 0.02) << seed;
  }
}

TEST(DrawSplits, DrawsOtherGroupsWithOtherSeedsAndEachAsOften) {
  const Ints sizes{96, 100, 97, 99, 98, 100, 95, 100};  // none is always first
  std::array<int, 8> tests{};
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto splits = draw_splits(sizes, {0.75, 0.125, 0.125}, seed);
    EXPECT_EQ(draw_splits(sizes, {0.75, 0.125, 0.125}, seed), splits);
    for (std::size_t g = 0; g < 8; ++g) tests[g] += splits[g] == 2 ? 1 : 0;
  }
  for (const int times : tests) EXPECT_NEAR(times, 500, 120);
}

TEST(DrawSplits, GivesEachSplitAGroupWhereThereAreEnough) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const Ints& sizes :
         {Ints{5, 5, 5}, Ints{1000, 1, 1}, Ints{0, 1, 1, 0, 1000, 0}, Ints{9, 1, 1, 1}}) {
      const auto columns = dealt(sizes, draw_splits(sizes, {0.98, 0.01, 0.01}, seed));
      for (const auto count : columns) EXPECT_GT(count, 0);
      EXPECT_EQ(dealt(sizes, draw_splits(sizes, {0.5, 0.0, 0.5}, seed))[1], 0);
    }
}

TEST(DrawSplits, RefusesMoreSplitsThanGroups) {
  const Ints two{4, 0, 4};
  EXPECT_NE(refused([&] {
              draw_splits(two, {0.8, 0.1, 0.1}, 1);
            }).find("2 of 3"),
            std::string::npos);
  EXPECT_EQ(draw_splits(two, {0.5, 0.5, 0.0}, 1).size(), 3U);
  EXPECT_NE(refused([&] {
              draw_splits(two, {0.5, 0.1, 0.0}, 1);
            }).find("--split"),
            std::string::npos);
}

TEST(ColumnOrder, OfGroupsKeepsEachInItsSplitAndEachColumnOnce) {
  const auto groups = groups_of_runs(Ints{30, 7, 20, 1, 12, 30}, Ints{0, 1, 2, 0, 3, 1});
  const std::vector<int> split_of{0, 2, 1, 0};
  const Ints dropped{0, 29, 31, 57, 99};
  for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>(), {1}, {2}}) {
    const ColumnOrder order(groups, split_of, dropped, seed);
    const auto splits = order.splits();
    ASSERT_EQ(splits.size(), 3U);
    EXPECT_EQ(order.columns(), 95);
    EXPECT_EQ(splits[0].columns.size(), 28 + 12);
    EXPECT_EQ(splits[1].columns.size(), 20);
    EXPECT_EQ(splits[2].columns.size(), 6 + 29);
    std::set<std::int64_t> positions;
    std::int64_t last = -1, ascending = 0;
    for (std::int64_t column = 0; column < 100; ++column) {
      const auto position = order.position(column);
      const bool is_dropped = std::find(dropped.begin(), dropped.end(), column) != dropped.end();
      ASSERT_EQ(position.has_value(), !is_dropped) << column;
      if (!position) continue;
      positions.insert(*position);
      const auto split =
          static_cast<std::size_t>(split_of[static_cast<std::size_t>(groups.of(column))]);
      EXPECT_TRUE(splits[split].columns.contains(*position)) << column;
      ascending += *position == last + 1 ? 1 : 0;
      last = *position;
    }
    EXPECT_EQ(positions.size(), 95U);
    EXPECT_EQ(*positions.begin(), 0);
    EXPECT_EQ(*positions.rbegin(), 94);
    if (seed)
      EXPECT_LT(ascending, 20);
    else
      EXPECT_GT(ascending, 88);
  }
}

TEST(ColumnOrder, OfGroupsMayLeaveASplitEmpty) {
  const auto groups = groups_of_runs(Ints{4, 4}, Ints{0, 1});
  const ColumnOrder order(groups, std::vector<int>{2, 2}, {}, 1);
  EXPECT_EQ(order.splits()[0].columns.size(), 0);
  EXPECT_EQ(order.splits()[2].columns.size(), 8);
}

}  // namespace
}  // namespace colonnade::data
