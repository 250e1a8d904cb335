#include <colonnade/train/search_plan.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <vector>

using namespace colonnade::train;

namespace {

using Sizes = std::vector<int>;
using Rungs = std::vector<Rung>;

}  // namespace

TEST(TeamSizes, ManyTrialsHaveARankEach) {
  EXPECT_EQ(team_sizes(12, 5, 4), (Sizes{1, 1, 1, 1, 1}));
  EXPECT_EQ(team_sizes(5, 5, 4), (Sizes{1, 1, 1, 1, 1}));
  EXPECT_EQ(team_sizes(3, 1, 8), (Sizes{1}));
}

TEST(TeamSizes, FewTrialsShareAllRanks) {
  EXPECT_EQ(team_sizes(2, 5, 4), (Sizes{3, 2}));
  EXPECT_EQ(team_sizes(1, 4, 4), (Sizes{4}));
  EXPECT_EQ(team_sizes(3, 64, 100), (Sizes{22, 21, 21}));
}

TEST(TeamSizes, NoTrialHasMoreRanksThanMicroBatches) {
  EXPECT_EQ(team_sizes(1, 5, 1), (Sizes{1}));
  EXPECT_EQ(team_sizes(2, 7, 3), (Sizes{3, 3}));
  for (int trials = 1; trials < 20; ++trials)
    for (int ranks = 1; ranks < 30; ++ranks)
      for (int most = 1; most < 6; ++most) {
        const auto sizes = team_sizes(trials, ranks, most);
        EXPECT_EQ(static_cast<int>(sizes.size()), std::min(trials, ranks));
        EXPECT_LE(std::accumulate(sizes.begin(), sizes.end(), 0), ranks);
        EXPECT_LE(sizes.front(), most);
        EXPECT_GE(sizes.back(), 1);
        EXPECT_LE(sizes.front() - sizes.back(), 1);
      }
}

TEST(Halving, DoublesTheEpochsOfTheBetterHalf) {
  EXPECT_EQ(halving(8, 2, 20), (Rungs{{8, 5}, {4, 10}, {2, 20}}));
  EXPECT_EQ(halving(5, 2, 20), (Rungs{{5, 5}, {3, 10}, {2, 20}}));
  EXPECT_EQ(halving(9, 3, 20), (Rungs{{9, 7}, {3, 20}}));
  EXPECT_EQ(halving(2, 2, 20), (Rungs{{2, 20}}));
  EXPECT_EQ(halving(1, 2, 7), (Rungs{{1, 7}}));
}

TEST(Halving, TrainsForAnEpochAtLeast) {
  EXPECT_EQ(halving(64, 2, 3), (Rungs{{64, 1}, {32, 1}, {16, 1}, {8, 1}, {4, 2}, {2, 3}}));
}

TEST(BestOf, TakesTheLowestLossesInTheirOrder) {
  const std::vector<std::optional<double>> losses{0.3, 0.1, std::nullopt, 0.2, 0.1, 0.3};
  EXPECT_EQ(best_of(losses, 3), (std::vector<std::size_t>{1, 3, 4}));
  EXPECT_EQ(best_of(losses, 4), (std::vector<std::size_t>{0, 1, 3, 4}));
  EXPECT_EQ(best_of(losses, 9), (std::vector<std::size_t>{0, 1, 3, 4, 5}));
  EXPECT_TRUE(best_of(std::vector<std::optional<double>>(3), 2).empty());
}
