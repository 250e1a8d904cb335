#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/train/folds.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

void add_columns(std::vector<std::int64_t>& columns, std::span<const mpi::Range> runs) {
  for (const auto& run : runs)
    for (std::int64_t column = run.begin; column < run.end; ++column) columns.push_back(column);
}

void expect_apart(std::span<const mpi::Range> runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    EXPECT_FALSE(runs[i].empty());
    if (i > 0) {
      EXPECT_LT(runs[i - 1].end, runs[i].begin);
    }
  }
}

/// Each column is held out once, and is else among the rest; runs ascend and do not touch.
void expect_folds(const Folds& folds, mpi::Range columns) {
  const std::vector<mpi::Range> whole{columns};
  std::vector<std::int64_t> all, held;
  add_columns(all, whole);
  for (std::int64_t fold = 0; fold < folds.count(); ++fold) {
    const auto rest = folds.rest(fold);
    expect_apart(folds.held_out(fold));
    expect_apart(rest);
    std::vector<std::int64_t> both;
    add_columns(both, folds.held_out(fold));
    add_columns(held, folds.held_out(fold));
    add_columns(both, rest);
    std::sort(both.begin(), both.end());
    EXPECT_EQ(both, all);
  }
  std::sort(held.begin(), held.end());
  EXPECT_EQ(held, all);
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

/// The group of a column of a file whose groups are as uneven as days with and without clouds.
std::int64_t group_of(std::int64_t column) {
  const double u =
      base::Random(3, base::Purpose::test, static_cast<std::uint64_t>(column)).uniform();
  return static_cast<std::int64_t>(11 * u * u) * 2;
}

}  // namespace

// sklearn.model_selection.KFold(4).split(range(102)) holds out 26, 26, 25 and 25 in order.
TEST(Folds, AreContiguousAsThoseOfScikitLearn) {
  const Folds folds({5, 107}, 4);
  EXPECT_EQ(folds.held_out(0), (std::vector<mpi::Range>{{5, 31}}));
  EXPECT_EQ(folds.held_out(1), (std::vector<mpi::Range>{{31, 57}}));
  EXPECT_EQ(folds.held_out(2), (std::vector<mpi::Range>{{57, 82}}));
  EXPECT_EQ(folds.held_out(3), (std::vector<mpi::Range>{{82, 107}}));
  EXPECT_EQ(folds.rest(1), (std::vector<mpi::Range>{{5, 31}, {57, 107}}));
  expect_folds(folds, {5, 107});
}

TEST(Folds, AsManyAsColumns) {
  expect_folds(Folds({3, 8}, 5), {3, 8});
  EXPECT_NE(message_of([] {
              static_cast<void>(Folds({3, 8}, 6));
            }).find("--folds 6"),
            std::string::npos);
}

// sklearn.model_selection.GroupKFold(3) with groups of 5, 4, 3, 3, 2 and 1 columns: folds of 6.
TEST(Folds, GroupsAreDealtFromTheLargestOn) {
  const std::vector<std::int64_t> sizes{3, 0, 5, 1, 4, 3, 2};
  EXPECT_EQ(deal_groups(sizes, 3), (std::vector<int>{2, -1, 0, 0, 1, 2, 1}));
  const auto message = message_of([&] { deal_groups(sizes, 7); });
  EXPECT_NE(message.find("--folds 7 are more than the 6 groups of columns"), std::string::npos)
      << message;
}

TEST(Folds, NoGroupIsInTwoOnAnyRanks) {
  const mpi::Communicator world;
  const mpi::Range columns{40, 1040};
  const auto folds = folds_by_group(world, columns, 4, 22, [](mpi::Range own) {
    std::vector<std::int64_t> groups;
    for (std::int64_t column = own.begin; column < own.end; ++column)
      groups.push_back(group_of(column));
    return groups;
  });
  expect_folds(folds, columns);
  std::map<std::int64_t, std::set<std::int64_t>> folds_of_group;
  std::int64_t largest = 0, least = columns.size(), most = 0;
  for (std::int64_t fold = 0; fold < 4; ++fold) {
    least = std::min(least, columns_of(folds.held_out(fold)));
    most = std::max(most, columns_of(folds.held_out(fold)));
    for (const auto& run : folds.held_out(fold))
      for (std::int64_t column = run.begin; column < run.end; ++column)
        folds_of_group[group_of(column)].insert(fold);
  }
  EXPECT_EQ(folds_of_group.size(), 11U);
  for (const auto& [group, found] : folds_of_group) {
    EXPECT_EQ(found.size(), 1U);
    std::int64_t size = 0;
    for (std::int64_t column = columns.begin; column < columns.end; ++column)
      size += group_of(column) == group ? 1 : 0;
    largest = std::max(largest, size);
  }
  EXPECT_LE(most - least, largest);
}

TEST(Folds, TooFewGroupsAreRefusedOnAllRanks) {
  const auto message = message_of([] {
    static_cast<void>(folds_by_group(mpi::Communicator(), {0, 50}, 3, 2, [](mpi::Range own) {
      return std::vector<std::int64_t>(static_cast<std::size_t>(own.size()), 1);
    }));
  });
  EXPECT_NE(message.find("--folds 3 are more than the 1 groups"), std::string::npos) << message;
}
