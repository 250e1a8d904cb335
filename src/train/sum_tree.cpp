#include <colonnade/base/error.hpp>
#include <colonnade/train/sum_tree.hpp>

#include <algorithm>
#include <utility>

namespace colonnade::train {

namespace {

/// The highest node with the same value: the parent, as long as there is no right sibling.
SumNode raised(SumNode node, std::int64_t lanes) {
  while ((std::int64_t{1} << node.level) < lanes && node.index % 2 == 0 &&
         (node.index + 1) << node.level >= lanes) {
    ++node.level;
    node.index /= 2;
  }
  return node;
}

bool are_siblings(const SumNode& left, const SumNode& right) {
  return left.level == right.level && left.index % 2 == 0 && right.index == left.index + 1;
}

std::vector<PlacedNode> leaves(mpi::Range held) {
  std::vector<PlacedNode> nodes;
  for (std::int64_t lane = held.begin; lane < held.end; ++lane)
    nodes.push_back({{0, lane}, static_cast<std::size_t>(lane - held.begin)});
  return nodes;
}

/// The largest node of at most `most` lanes, all held, that begins with `lane`.
SumNode node_from(std::int64_t lane, std::int64_t end, std::int64_t most) {
  int level = 0;
  for (std::int64_t size = 2; size <= most && lane % size == 0 && lane + size <= end; size *= 2)
    ++level;
  return {level, lane >> level};
}

std::size_t free_buffer(const std::vector<PlacedNode>& held) {
  std::size_t buffer = 0;
  const auto is_taken = [&](const PlacedNode& node) { return node.place == buffer; };
  while (std::any_of(held.begin(), held.end(), is_taken)) ++buffer;
  return buffer;
}

}  // namespace

SumPlan plan_sum(const std::vector<PlacedNode>& nodes, std::int64_t lanes) {
  SumPlan plan;
  auto& stack = plan.nodes;
  for (const PlacedNode& next : nodes) {
    stack.push_back({raised(next.node, lanes), next.place});
    while (stack.size() > 1 && are_siblings(stack[stack.size() - 2].node, stack.back().node)) {
      const PlacedNode right = stack.back();
      stack.pop_back();
      PlacedNode& left = stack.back();
      plan.additions.push_back({left.place, right.place});
      left.node = raised({left.node.level + 1, left.node.index / 2}, lanes);
    }
  }
  return plan;
}

std::vector<SumNode> nodes_over(mpi::Range held, std::int64_t lanes) {
  std::vector<SumNode> nodes;
  for (const PlacedNode& placed : plan_sum(leaves(held), lanes).nodes) nodes.push_back(placed.node);
  return nodes;
}

ThreadPlan plan_thread(mpi::Range held, std::int64_t lanes, std::size_t buffers_wanted,
                       std::int64_t at_once) {
  ThreadPlan plan;
  for (std::int64_t lane = held.begin; lane < held.end; lane = plan.tasks.back().lanes.end) {
    const SumNode node = node_from(lane, held.end, at_once);
    LaneTask task{.lanes = {lane, lane + (std::int64_t{1} << node.level)}};
    if (plan.held.size() >= buffers_wanted) {
      SumPlan sum = plan_sum(plan.held, lanes);
      task.first = std::move(sum.additions);
      plan.held = std::move(sum.nodes);
    }
    task.buffer = free_buffer(plan.held);
    plan.buffers = std::max(plan.buffers, task.buffer + 1);
    plan.held.push_back({node, task.buffer});
    plan.tasks.push_back(std::move(task));
  }
  return plan;
}

}  // namespace colonnade::train
