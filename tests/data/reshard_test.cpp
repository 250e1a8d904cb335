#include <colonnade/data/column_order.hpp>
#include <colonnade/data/reshard.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace colonnade::data {
namespace {

float value_of(std::int64_t source, std::int64_t place) {
  return static_cast<float>(source * 16 + place);
}

struct Case {
  std::int64_t columns, shard, width;
  std::optional<std::uint64_t> seed;
};

/// Reads pieces of `piece` columns, dealt to the ranks, and checks all that arrives; returns the
/// number of rows that arrived here as they should.
std::int64_t reshard(const mpi::Communicator& comm, const Case& c, std::int64_t piece) {
  const ColumnOrder order(c.columns, {}, c.seed);
  Reshard reshard(comm, c.columns, c.shard, c.width);
  const auto owned = reshard.owned(comm.rank());
  std::set<std::int64_t> arrived;
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < c.columns; first += piece * comm.size()) {
    std::vector<float> rows;
    std::vector<std::int64_t> positions, sources;
    const std::int64_t begin = first + comm.rank() * piece;
    for (auto column = begin; column < std::min(c.columns, begin + piece); ++column) {
      sources.push_back(column);
      positions.push_back(order.position(column).value());
      for (std::int64_t i = 0; i < c.width; ++i) rows.push_back(value_of(column, i));
    }
    reshard.exchange(rows, positions, sources,
                     [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
                       bool good = owned.contains(position) && order.position(source) == position &&
                                   static_cast<std::int64_t>(row.size()) == c.width;
                       for (std::int64_t i = 0; good && i < c.width; ++i)
                         good = row[static_cast<std::size_t>(i)] == value_of(source, i);
                       right += good && arrived.insert(position).second ? 1 : 0;
                     });
  }
  EXPECT_EQ(right, owned.size());
  return right;
}

TEST(Reshard, BringsEachRowOnceToItsOwner) {
  const mpi::Communicator comm;
  std::int64_t compared = 0, expected = 0;
  // Shards that divide, that do not, more ranks than shards, a single column; shuffled and not.
  for (const std::int64_t columns : {1, 7, 64, 331})
    for (const std::int64_t shard : {1, 4, 10, 160, 1000})
      for (const auto& seed : {std::optional<std::uint64_t>(5), std::optional<std::uint64_t>()})
        for (const std::int64_t piece : {3, 1000}) {
          SCOPED_TRACE(testing::Message() << columns << " columns in shards of " << shard);
          compared += comm.sum(reshard(comm, {columns, shard, 9, seed}, piece));
          expected += columns;
        }
  EXPECT_EQ(compared, expected);
}

TEST(Reshard, GoesInSlicesWhenRowsAreLarge) {
  // 70 rows of 2 MiB do not fit in one slice of 64 MiB.
  const mpi::Communicator comm;
  EXPECT_EQ(comm.sum(reshard(comm, {70, 16, 1 << 19, 1}, 70)), 70);
}

TEST(Reshard, OwnedPositionsTileTheColumnsInWholeShards) {
  const mpi::Communicator comm;
  const Reshard reshard(comm, 331, 10, 9);
  std::int64_t end = 0;
  for (int rank = 0; rank < comm.size(); ++rank) {
    EXPECT_EQ(reshard.owned(rank).begin, end);
    end = reshard.owned(rank).end;
    EXPECT_TRUE(end % 10 == 0 || end == 331);
  }
  EXPECT_EQ(end, 331);
}

TEST(Reshard, ServesRanksThatBringNothing) {
  const mpi::Communicator comm;
  Reshard reshard(comm, 4, 1, 1);
  std::vector<float> rows;
  std::vector<std::int64_t> positions;
  if (comm.rank() == comm.size() - 1) {
    rows = {0.0F, 1.0F, 2.0F, 3.0F};
    positions = {0, 1, 2, 3};
  }
  std::int64_t arrived = 0;
  reshard.exchange(rows, positions, positions,
                   [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
                     EXPECT_EQ(row.front(), static_cast<float>(position));
                     EXPECT_EQ(source, position);
                     ++arrived;
                   });
  EXPECT_EQ(comm.sum(arrived), 4);
}

}  // namespace
}  // namespace colonnade::data
