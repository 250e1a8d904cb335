#include <colonnade/train/lanes.hpp>
#include <colonnade/train/sum_tree.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

/// The tree's definition, written as text: "((0+1)+2)".
std::string expected(int level, std::int64_t index, std::int64_t lanes) {
  if (level == 0) return std::to_string(index);
  const std::string left = expected(level - 1, 2 * index, lanes);
  if ((2 * index + 1) << (level - 1) >= lanes) return left;
  return "(" + left + "+" + expected(level - 1, 2 * index + 1, lanes) + ")";
}

std::string expected(std::int64_t lanes) {
  int level = 0;
  while ((std::int64_t{1} << level) < lanes) ++level;
  return expected(level, 0, lanes);
}

void carry_out(const std::vector<Addition>& additions, std::vector<std::string>& values) {
  for (const auto& [into, from] : additions)
    values[into] = "(" + values[into] + "+" + values[from] + ")";
}

/// What the plans of all threads of all ranks add up to.
std::string planned(std::int64_t lanes, int ranks, int threads, std::size_t buffers_wanted) {
  std::vector<PlacedNode> parts;
  std::vector<std::string> values;
  for (int rank = 0; rank < ranks; ++rank) {
    for (int thread = 0; thread < threads; ++thread) {
      const auto held = lanes_of_thread(lanes_of_rank(lanes, ranks, rank), threads, thread);
      const ThreadPlan plan = plan_thread(held, lanes, buffers_wanted);
      std::vector<std::string> buffers(plan.buffers);
      for (const LaneTask& task : plan.tasks) {
        carry_out(task.first, buffers);
        buffers[task.buffer] = std::to_string(task.lane);
      }
      for (const PlacedNode& node : plan.held) {
        parts.push_back({node.node, values.size()});
        values.push_back(buffers[node.place]);
      }
    }
  }
  const SumPlan sum = plan_sum(parts, lanes);
  carry_out(sum.additions, values);
  EXPECT_EQ(sum.nodes.size(), 1U);
  return values[sum.nodes.front().place];
}

}  // namespace

TEST(SumTree, IsTheSameForAnyRanksAndThreads) {
  ASSERT_EQ(expected(7), "(((0+1)+(2+3))+((4+5)+6))");
  int compared = 0;
  for (std::int64_t lanes = 1; lanes <= 40; ++lanes) {
    for (const int ranks : {1, 2, 3, 4, 5, 7, 8, 50}) {
      for (const int threads : {1, 2, 4}) {
        for (const std::size_t buffers : {1U, 2U, 4U}) {
          ASSERT_EQ(planned(lanes, ranks, threads, buffers), expected(lanes))
              << lanes << " lanes, " << ranks << " ranks, " << threads << " threads";
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(compared, 40 * 8 * 3 * 3);
}

TEST(SumTree, NodesOfAShareAreTheFewest) {
  const std::vector<SumNode> right_half{{2, 1}};
  EXPECT_EQ(nodes_over({4, 7}, 7), right_half);
  const std::vector<SumNode> middle{{0, 1}, {1, 1}, {0, 4}};
  EXPECT_EQ(nodes_over({1, 5}, 8), middle);
  EXPECT_TRUE(nodes_over({3, 3}, 8).empty());
}

TEST(SumTree, AThreadKeepsFewBuffers) {
  EXPECT_EQ(plan_thread({0, 3}, 64, 4).buffers, 3U);
  EXPECT_EQ(plan_thread({0, 64}, 64, 4).buffers, 7U);
  EXPECT_EQ(plan_thread({5, 5}, 64, 4).buffers, 0U);
}
