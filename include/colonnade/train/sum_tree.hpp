#pragma once

#include <colonnade/mpi/partition.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace colonnade::train {

/// A node of the binary tree over the lanes of a batch: it covers the lanes
/// [index * 2^level, (index + 1) * 2^level), as far as there are lanes.
///
/// The tree fixes the order of every sum: a node is its left child plus its right child; a right
/// child without lanes adds nothing, so that its parent equals the left child.
struct SumNode {
  int level = 0;
  std::int64_t index = 0;

  bool operator==(const SumNode&) const = default;
};

/// A node and the place (a buffer, a part) where its value stands.
struct PlacedNode {
  SumNode node;
  std::size_t place = 0;
};

/// value[into] += value[from]
struct Addition {
  std::size_t into = 0;
  std::size_t from = 0;
};

/// Additions in their order, and the nodes whose values stand after them.
struct SumPlan {
  std::vector<Addition> additions;
  std::vector<PlacedNode> nodes;
};

/// Adds neighbouring nodes as far up the tree over `lanes` lanes as they reach; a sum stands in the
/// place of its leftmost part. `nodes` cover contiguous lanes, in order.
SumPlan plan_sum(const std::vector<PlacedNode>& nodes, std::int64_t lanes);

/// The nodes that hold the sums of `held` contiguous lanes out of `lanes`: the fewest.
std::vector<SumNode> nodes_over(mpi::Range held, std::int64_t lanes);

/// Lanes of a thread that are computed at once: carry out `first`, then write the value of the node
/// that they make into `buffer`.
struct LaneTask {
  mpi::Range lanes{};
  std::size_t buffer = 0;
  std::vector<Addition> first{};
};

/// What one thread does in a step with its own buffers.
struct ThreadPlan {
  std::vector<LaneTask> tasks;
  std::vector<PlacedNode> held;  ///< after the tasks; left to be added by all threads together
  std::size_t buffers = 0;
};

/// Plans the lanes of one thread, as many at once as make a node of the tree, up to `at_once`, a
/// power of two. Sums are put off until `buffers_wanted` buffers are full, so that
/// many parts are added in one pass through memory; more buffers are used only where the nodes held
/// need them.
ThreadPlan plan_thread(mpi::Range held, std::int64_t lanes, std::size_t buffers_wanted,
                       std::int64_t at_once = 1);

}  // namespace colonnade::train
