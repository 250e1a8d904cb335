#include <colonnade/base/error.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/folds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

void expect_enough(std::int64_t found, const char* what, std::int64_t folds) {
  if (found < folds)
    throw Error(ErrorKind::usage,
                fmt::format("--folds {} are more than the {} {} that are not of the test split",
                            folds, found, what),
                {.hint = "use fewer folds, or prepare more columns"});
}

}  // namespace

Folds::Folds(mpi::Range columns, std::int64_t folds) : columns_(columns) {
  expect_enough(columns.size(), "columns", folds);
  for (std::int64_t fold = 0; fold < folds; ++fold)
    held_out_.push_back({mpi::shifted(mpi::share(columns.size(), folds, fold), columns.begin)});
}

Folds::Folds(mpi::Range columns, std::int64_t folds, std::span<const int> fold_of_column)
    : columns_(columns), held_out_(static_cast<std::size_t>(folds)) {
  for (std::int64_t column = columns.begin; column < columns.end; ++column) {
    const int fold = fold_of_column[static_cast<std::size_t>(column - columns.begin)];
    auto& runs = held_out_.at(static_cast<std::size_t>(fold));
    if (!runs.empty() && runs.back().end == column)
      ++runs.back().end;
    else
      runs.push_back({column, column + 1});
  }
}

const std::vector<mpi::Range>& Folds::held_out(std::int64_t fold) const {
  return held_out_.at(static_cast<std::size_t>(fold));
}

std::vector<mpi::Range> Folds::rest(std::int64_t fold) const {
  std::vector<mpi::Range> runs;
  std::int64_t begin = columns_.begin;
  for (const auto& out : held_out(fold)) {
    if (begin < out.begin) runs.push_back({begin, out.begin});
    begin = out.end;
  }
  if (begin < columns_.end) runs.push_back({begin, columns_.end});
  return runs;
}

std::int64_t columns_of(std::span<const mpi::Range> runs) {
  return std::accumulate(runs.begin(), runs.end(), std::int64_t{0},
                         [](std::int64_t sum, mpi::Range run) { return sum + run.size(); });
}

std::vector<int> deal_groups(std::span<const std::int64_t> columns_of_group, std::int64_t folds) {
  std::vector<std::size_t> groups(columns_of_group.size());
  std::iota(groups.begin(), groups.end(), std::size_t{0});
  std::erase_if(groups, [&](std::size_t group) { return columns_of_group[group] == 0; });
  expect_enough(static_cast<std::int64_t>(groups.size()), "groups of columns", folds);
  std::stable_sort(groups.begin(), groups.end(), [&](std::size_t a, std::size_t b) {
    return columns_of_group[a] > columns_of_group[b];
  });
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(folds));
  std::vector<int> fold_of(columns_of_group.size(), -1);
  for (const std::size_t group : groups) {
    const auto least = std::min_element(sizes.begin(), sizes.end());
    fold_of[group] = static_cast<int>(least - sizes.begin());
    *least += columns_of_group[group];
  }
  return fold_of;
}

Folds folds_by_group(
    const mpi::Communicator& comm, mpi::Range columns, std::int64_t folds, std::int64_t groups,
    const std::function<std::vector<std::int64_t>(mpi::Range columns)>& groups_of) {
  const auto own =
      groups_of(mpi::shifted(mpi::share(columns.size(), comm.size(), comm.rank()), columns.begin));
  std::vector<std::uint64_t> sums(static_cast<std::size_t>(groups));
  for (const auto group : own) ++sums.at(static_cast<std::size_t>(group));
  comm.sum(std::span(sums));
  const std::vector<std::int64_t> sizes(sums.begin(), sums.end());
  const auto fold_of_group = mpi::agreed(comm, "folds", [&] { return deal_groups(sizes, folds); });
  std::vector<int> fold_of_own;
  for (const auto group : own)
    fold_of_own.push_back(fold_of_group[static_cast<std::size_t>(group)]);
  return {columns, folds, comm.concatenate(std::span<const int>(fold_of_own))};
}

}  // namespace colonnade::train
