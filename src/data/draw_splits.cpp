#include <colonnade/base/error.hpp>
#include <colonnade/base/permutation.hpp>
#include <colonnade/data/column_order.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <vector>

namespace colonnade::data {

namespace {

/// Sets the draw of groups apart from the shuffles of columns of the same seed.
constexpr std::uint64_t draw_key = 4;

/// The groups that have columns, in the order in which they are dealt.
std::vector<std::size_t> dealing_order(std::span<const std::int64_t> sizes, std::uint64_t seed) {
  const base::Permutation drawn(static_cast<std::int64_t>(sizes.size()), seed, draw_key);
  const std::int64_t largest = *std::max_element(sizes.begin(), sizes.end());
  std::vector<std::size_t> order;
  for (std::size_t group = 0; group < sizes.size(); ++group)
    if (sizes[group] > 0) order.push_back(group);
  const auto key = [&](std::size_t group) {
    return std::tuple(std::bit_width(static_cast<std::uint64_t>(largest / sizes[group])),
                      drawn(static_cast<std::int64_t>(group)));
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

/// Columns and groups that a split wants and has.
struct Deal {
  double wanted = 0.0;
  std::int64_t columns = 0, groups = 0;
  [[nodiscard]] double lack() const { return wanted - static_cast<double>(columns); }
};

}  // namespace

std::vector<int> draw_splits(std::span<const std::int64_t> sizes,
                             const std::array<double, 3>& fractions, std::uint64_t seed) {
  expect_fractions(fractions);
  const auto total = static_cast<double>(std::accumulate(sizes.begin(), sizes.end(), 0LL));
  std::vector<int> split_of(sizes.size(), 0);
  if (total == 0.0) return split_of;
  std::array<Deal, 3> deals{};
  for (std::size_t s = 0; s < deals.size(); ++s) deals[s].wanted = fractions[s] * total;
  const auto order = dealing_order(sizes, seed);
  const auto wanting = static_cast<std::size_t>(
      std::count_if(fractions.begin(), fractions.end(), [](double f) { return f > 0.0; }));
  if (order.size() < wanting)
    throw base::Error(
        base::ErrorKind::usage, "there are fewer groups of columns than splits",
        {.value = fmt::format("{} of {}", order.size(), wanting),
         .hint = "make smaller groups with --split-by, or give a split 0 in --split"});
  const auto give = [&](std::size_t group, std::size_t split, std::int64_t sign) {
    deals[split].columns += sign * sizes[group];
    deals[split].groups += sign;
    split_of[group] = static_cast<int>(split);
  };
  const auto less_lack = [](const Deal& a, const Deal& b) { return a.lack() < b.lack(); };
  for (const auto group : order)
    give(group,
         static_cast<std::size_t>(std::max_element(deals.begin(), deals.end(), less_lack) -
                                  deals.begin()),
         1);
  for (std::size_t s = 0; s < deals.size(); ++s) {
    if (deals[s].groups > 0 || fractions[s] == 0.0) continue;
    std::size_t from = s;
    for (std::size_t other = 0; other < deals.size(); ++other)
      if (deals[other].groups > 1 && (from == s || less_lack(deals[other], deals[from])))
        from = other;
    const auto smallest = *std::min_element(order.begin(), order.end(), [&](auto a, auto b) {
      const auto key = [&](std::size_t group) {
        return std::pair(split_of[group] != static_cast<int>(from), sizes[group]);
      };
      return key(a) < key(b);
    });
    give(smallest, from, -1);
    give(smallest, s, 1);
  }
  return split_of;
}

}  // namespace colonnade::data
