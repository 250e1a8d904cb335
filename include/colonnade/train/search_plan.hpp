#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::train {

/// How many ranks train a trial together: as many teams as there are trials, of as many ranks each
/// as there are then, but no more than the `most` that a trial can use; ranks that are left are in
/// no team. So with more trials than ranks each rank trains by itself, and is never idle but at the
/// end. Sizes differ by one at most, larger ones first.
std::vector<int> team_sizes(std::int64_t trials, int ranks, std::int64_t most);

/// A round of a search: so many configurations, trained for so many epochs.
struct Rung {
  std::int64_t configurations = 0;
  std::int64_t epochs = 0;
  bool operator==(const Rung&) const = default;
};

/// Successive halving (Jamieson and Talwalkar 2016): each rung but the first has the best of the
/// configurations before, one of `factor` (rounded up), trained anew for `factor` times the epochs.
/// The last has at most `factor` configurations, and all of the `epochs`.
std::vector<Rung> halving(std::int64_t configurations, std::int64_t factor, std::int64_t epochs);

/// The `count` indices with the lowest losses, ascending; of equal losses the lower index counts as
/// better, and what has no loss is left out.
std::vector<std::size_t> best_of(std::span<const std::optional<double>> losses, std::size_t count);

}  // namespace colonnade::train
