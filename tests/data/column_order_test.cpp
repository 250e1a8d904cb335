#include <colonnade/base/error.hpp>
#include <colonnade/data/column_order.hpp>

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace colonnade::data {
namespace {

TEST(ColumnOrder, IsAPermutationAtEverySize) {
  std::int64_t compared = 0;
  for (std::int64_t columns = 1; columns <= 200; ++columns) {
    const ColumnOrder order(columns, {}, 3);
    std::set<std::int64_t> positions;
    for (std::int64_t column = 0; column < columns; ++column)
      positions.insert(order.position(column).value());
    ASSERT_EQ(static_cast<std::int64_t>(positions.size()), columns);
    ASSERT_EQ(*positions.begin(), 0);
    ASSERT_EQ(*positions.rbegin(), columns - 1);
    compared += columns;
  }
  EXPECT_EQ(compared, 200 * 201 / 2);
}

TEST(ColumnOrder, WithoutASeedKeepsTheOrder) {
  const ColumnOrder order(50, {}, std::nullopt);
  for (std::int64_t column = 0; column < 50; ++column) EXPECT_EQ(order.position(column), column);
}

TEST(ColumnOrder, OtherSeedsGiveOtherOrders) {
  const ColumnOrder one(1000, {}, 1), two(1000, {}, 2);
  int same = 0;
  for (std::int64_t column = 0; column < 1000; ++column)
    same += one.position(column) == two.position(column) ? 1 : 0;
  EXPECT_LT(same, 10);
}

TEST(ColumnOrder, LeavesDroppedColumnsOutAndClosesTheGaps) {
  const std::vector<std::int64_t> dropped{0, 3, 4, 19};
  const ColumnOrder plain(20, dropped, std::nullopt), shuffled(20, dropped, 7);
  EXPECT_EQ(plain.columns(), 16);
  EXPECT_EQ(plain.position(1), 0);
  EXPECT_EQ(plain.position(5), 2);
  EXPECT_EQ(plain.position(18), 15);
  std::set<std::int64_t> positions;
  for (std::int64_t column = 0; column < 20; ++column)
    if (const auto position = shuffled.position(column)) positions.insert(*position);
  EXPECT_EQ(positions.size(), 16U);
  EXPECT_EQ(*positions.rbegin(), 15);
  for (const auto column : dropped) EXPECT_FALSE(shuffled.position(column).has_value()) << column;
}

TEST(ColumnOrder, AllMayBeDropped) {
  const ColumnOrder order(2, {0, 1}, 7);
  EXPECT_EQ(order.columns(), 0);
  EXPECT_FALSE(order.position(1).has_value());
}

TEST(SplitsOf, AreContiguousAndCoverAllColumns) {
  for (const std::int64_t columns : {1, 2, 3, 10, 97, 1085440})
    for (const auto& fractions :
         {std::array{0.8, 0.1, 0.1}, std::array{1.0, 0.0, 0.0}, std::array{0.0, 0.5, 0.5},
          std::array{1.0 / 3, 1.0 / 3, 1.0 / 3}}) {
      const auto splits = splits_of(columns, fractions);
      ASSERT_EQ(splits.size(), 3U);
      std::int64_t end = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(splits[i].columns.begin, end);
        EXPECT_NEAR(static_cast<double>(splits[i].columns.size()),
                    fractions[i] * static_cast<double>(columns), 1.0);
        end = splits[i].columns.end;
      }
      EXPECT_EQ(end, columns);
      EXPECT_EQ(splits[0].name, "train");
      EXPECT_EQ(splits[1].name, "validation");
      EXPECT_EQ(splits[2].name, "test");
    }
}

TEST(SplitsOf, RefusesFractionsThatDoNotSumToOne) {
  for (const auto& fractions : {std::array{0.8, 0.1, 0.2}, std::array{0.5, 0.1, 0.1},
                                std::array{1.2, -0.1, -0.1}, std::array{0.8, 0.1, 0.0 / 0.0}}) {
    try {
      splits_of(10, fractions);
      FAIL() << "accepted";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
      EXPECT_FALSE(error.facts().hint.empty());
    }
  }
}

}  // namespace
}  // namespace colonnade::data
