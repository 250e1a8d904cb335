#include <colonnade/data/row_gather.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace colonnade::data {
namespace {

TEST(RowGather, TakesEachPlaceAndZeroWhereThereIsNone) {
  // Runs of several, of one, going down, without a place at the ends and twice in a row.
  const std::vector<std::int64_t> places{-1, 4, 5, 6, 2, -1, -1, 0, 9, 8, 0, 1, -1};
  std::vector<float> raw(1, -7.0F), row(places.size(), -5.0F);  // -7 stands before the first place
  for (int i = 0; i < 10; ++i) raw.push_back(static_cast<float>(100 + i));
  RowGather{places}(std::span<const float>(raw).subspan(1), row);
  EXPECT_EQ(row, (std::vector<float>{0, 104, 105, 106, 102, 0, 0, 100, 109, 108, 100, 101, 0}));
}

TEST(RowGather, OfNothingMakesNothing) {
  std::vector<float> row;
  RowGather{{}}(std::vector<float>{1.0F}, row);
  EXPECT_TRUE(row.empty());
}

}  // namespace
}  // namespace colonnade::data
