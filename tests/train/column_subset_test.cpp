#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/column_subset.hpp>
#include <colonnade/train/folds.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t inputs = 3, outputs = 2;

float value(const std::string& array, std::int64_t column, std::int64_t place) {
  return static_cast<float>((array == "x" ? 1 : -1) * (column * 10 + place));
}

/// Columns made from their indices; a read is collective, as those of files are.
ColumnSource source(const mpi::Communicator& comm) {
  const auto local = [](const std::string& array, mpi::Range columns, std::span<float> rows) {
    const std::int64_t width = array == "x" ? inputs : outputs;
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()), columns.size() * width);
    for (std::int64_t column = columns.begin; column < columns.end; ++column)
      for (std::int64_t i = 0; i < width; ++i)
        rows[static_cast<std::size_t>((column - columns.begin) * width + i)] =
            value(array, column, i);
  };
  return {.inputs = inputs,
          .outputs = outputs,
          .train = {0, 80},
          .validation = {80, 100},
          .read =
              [comm, local](const std::string& array, mpi::Range columns, std::span<float> rows) {
                mpi::agree(comm, "read", std::nullopt);
                local(array, columns, rows);
              },
          .reader = [local](mpi::Range all) -> ReadRows {
            return
                [local, all](const std::string& array, mpi::Range columns, std::span<float> rows) {
                  ASSERT_TRUE(columns.empty() ||
                              (all.contains(columns.begin) && all.contains(columns.end - 1)));
                  local(array, columns, rows);
                };
          }};
}

std::vector<std::int64_t> columns_in(const std::vector<mpi::Range>& runs) {
  std::vector<std::int64_t> columns;
  for (const auto& run : runs)
    for (std::int64_t column = run.begin; column < run.end; ++column) columns.push_back(column);
  return columns;
}

void expect_rows(const ReadRows& read, mpi::Range columns, const std::vector<std::int64_t>& all) {
  for (const std::string array : {"x", "y"}) {
    const std::int64_t width = array == "x" ? inputs : outputs;
    std::vector<float> rows(static_cast<std::size_t>(columns.size() * width));
    read(array, columns, rows);
    for (std::int64_t column = columns.begin; column < columns.end; ++column)
      for (std::int64_t i = 0; i < width; ++i)
        ASSERT_EQ(rows[static_cast<std::size_t>((column - columns.begin) * width + i)],
                  value(array, all[static_cast<std::size_t>(column)], i));
  }
}

}  // namespace

TEST(ColumnSubset, ReadsNearRunsTogether) {
  const ColumnSubset subset({{10, 14}, {16, 20}, {30, 33}, {2, 4}}, 12, 3);
  EXPECT_EQ(subset.size(), 13);
  const auto pieces = subset.pieces({1, 13});
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].columns, (mpi::Range{11, 20}));
  EXPECT_EQ(pieces[0].parts, (std::vector<mpi::Range>{{11, 14}, {16, 20}}));
  EXPECT_EQ(pieces[1].columns, (mpi::Range{30, 33}));
  EXPECT_EQ(pieces[2].parts, (std::vector<mpi::Range>{{2, 4}}));
  EXPECT_EQ(subset.hull({1, 13}), (mpi::Range{2, 33}));
  EXPECT_EQ(subset.pieces({5, 6}).at(0).parts, (std::vector<mpi::Range>{{17, 18}}));
  EXPECT_TRUE(subset.pieces({5, 5}).empty());
  EXPECT_TRUE(subset.hull({13, 13}).empty());
  EXPECT_EQ(ColumnSubset({{10, 14}, {16, 23}}, 12, 3).pieces({0, 11}).size(), 2U);
}

TEST(ColumnSubset, BringsTheColumnsOfAFoldInOrder) {
  const mpi::Communicator world;
  const auto from = source(world);
  std::vector<int> fold_of_column;
  for (int column = 0; column < 100; ++column) fold_of_column.push_back(column * column % 7 % 3);
  const Folds scattered({0, 100}, 3, fold_of_column);
  const Folds contiguous({0, 100}, 3);
  for (const auto& folds : {scattered, contiguous})
    for (std::int64_t fold = 0; fold < 3; ++fold) {
      const auto rest = folds.rest(fold), held = folds.held_out(fold);
      const auto subset = subset_of(world, from, rest, held);
      auto all = columns_in(rest);
      EXPECT_EQ(subset.train, (mpi::Range{0, static_cast<std::int64_t>(all.size())}));
      EXPECT_EQ(subset.validation, (mpi::Range{subset.train.end, 100}));
      const auto out = columns_in(held);
      all.insert(all.end(), out.begin(), out.end());
      // Shares of any size, none on the last rank.
      const int ranks = std::max(1, world.size() - 1);
      const auto own = world.rank() < ranks ? mpi::share(100, ranks, world.rank()) : mpi::Range{};
      expect_rows(subset.read, own, all);
      const auto reader = subset.reader(own);
      for (std::int64_t begin = own.begin; begin < own.end; begin += 7)
        expect_rows(reader, {begin, std::min(begin + 7, own.end)}, all);
    }
}
