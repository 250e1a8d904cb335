#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/search_plan.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace colonnade::train {

std::vector<int> team_sizes(std::int64_t trials, int ranks, std::int64_t most) {
  const std::int64_t teams = std::clamp<std::int64_t>(trials, 1, ranks);
  std::vector<int> sizes;
  for (std::int64_t team = 0; team < teams; ++team)
    sizes.push_back(static_cast<int>(std::min(mpi::share(ranks, teams, team).size(), most)));
  return sizes;
}

std::vector<Rung> halving(std::int64_t configurations, std::int64_t factor, std::int64_t epochs) {
  std::vector<Rung> rungs{{configurations, epochs}};
  while (rungs.back().configurations > factor)
    rungs.push_back({mpi::pieces(rungs.back().configurations, factor), epochs});
  for (auto rung = rungs.rbegin() + 1; rung != rungs.rend(); ++rung)
    rung->epochs = mpi::pieces((rung - 1)->epochs, factor);
  return rungs;
}

std::vector<std::size_t> best_of(std::span<const std::optional<double>> losses, std::size_t count) {
  std::vector<std::size_t> order(losses.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return !losses[i]; });
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return *losses[a] < *losses[b]; });
  order.resize(std::min(count, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

}  // namespace colonnade::train
