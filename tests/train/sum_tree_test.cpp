#include <colonnade/train/lanes.hpp>
#include <colonnade/train/sum_tree.hpp>

#include <gtest/gtest.h>

#include <bit>
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
std::string planned(std::int64_t lanes, int ranks, int threads, std::size_t buffers_wanted,
                    std::int64_t at_once) {
  std::vector<PlacedNode> parts;
  std::vector<std::string> values;
  for (int rank = 0; rank < ranks; ++rank) {
    for (int thread = 0; thread < threads; ++thread) {
      const auto held = lanes_of_thread(lanes_of_rank(lanes, ranks, rank), threads, thread);
      const ThreadPlan plan = plan_thread(held, lanes, buffers_wanted, at_once);
      std::vector<std::string> buffers(plan.buffers);
      for (const LaneTask& task : plan.tasks) {
        carry_out(task.first, buffers);
        const int level = std::countr_zero(static_cast<std::uint64_t>(task.lanes.size()));
        EXPECT_LE(task.lanes.size(), at_once);
        EXPECT_EQ(task.lanes.begin % task.lanes.size(), 0);
        EXPECT_LE(task.lanes.end, held.end);
        buffers[task.buffer] = expected(level, task.lanes.begin >> level, lanes);
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
          for (const std::int64_t at_once : {1, 2, 4, 8}) {
            ASSERT_EQ(planned(lanes, ranks, threads, buffers, at_once), expected(lanes))
                << lanes << " lanes, " << at_once << " at once, " << ranks << " ranks, " << threads
                << " threads";
            ++compared;
          }
        }
      }
    }
  }
  EXPECT_EQ(compared, 40 * 8 * 3 * 3 * 4);
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
  EXPECT_EQ(plan_thread({0, 4}, 64, 4, 4).buffers, 1U);
  EXPECT_EQ(plan_thread({0, 4}, 64, 4, 4).tasks.size(), 1U);
  EXPECT_EQ(plan_thread({1, 7}, 64, 4, 4).tasks.size(), 4U) << "1, 2 to 3, 4 to 5, 6";
}
