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
  std::int64_t passes = 1;
};

/// Reads pieces of `piece` columns, dealt to the ranks, and checks all that arrives; returns the
/// number of rows that arrived here as they should in one pass.
std::int64_t reshard(const mpi::Communicator& comm, const Case& c, std::int64_t piece,
                     std::int64_t pass = 0) {
  const ColumnOrder order(c.columns, {}, c.seed);
  const Ownership ownership{c.columns, c.shard, comm.size(), c.passes};
  Reshard reshard(comm, ownership, c.width);
  const auto owned = ownership.of(comm.rank(), pass);
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
    reshard.exchange(rows, positions, sources, pass,
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

TEST(Reshard, BringsEachRowInThePassOfItsPosition) {
  const mpi::Communicator comm;
  std::int64_t arrived = 0;
  // Shards that divide, that do not, and more passes than a rank has shards.
  for (const std::int64_t shard : {1, 10, 160})
    for (const std::int64_t passes : {2, 3, 7})
      for (std::int64_t pass = 0; pass < passes; ++pass)
        arrived += comm.sum(reshard(comm, {331, shard, 3, 5, passes}, 40, pass));
  EXPECT_EQ(arrived, 3 * 3 * 331);
}

TEST(Ownership, PartsTileTheColumnsInWholeShards) {
  std::int64_t columns = 0;
  for (const int ranks : {1, 2, 5, 40})
    for (const std::int64_t passes : {1, 2, 3, 9}) {
      const Ownership ownership{331, 10, ranks, passes};
      std::int64_t end = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        EXPECT_EQ(ownership.of(rank).begin, end);
        for (std::int64_t pass = 0; pass < passes; ++pass) {
          const auto part = ownership.of(rank, pass);
          EXPECT_EQ(part.begin, end);
          EXPECT_LE(part.size(), ownership.of(rank, 0).size());
          end = part.end;
          EXPECT_TRUE(end % 10 == 0 || end == 331);
          for (std::int64_t column = part.begin; column < end; ++column, ++columns) {
            EXPECT_EQ(ownership.owner(column), rank);
            for (std::int64_t other = 0; other < passes; ++other)
              EXPECT_EQ(ownership.is_in_pass(column, other), other == pass);
          }
        }
      }
      EXPECT_EQ(end, 331);
    }
  EXPECT_EQ(columns, 4 * 4 * 331);
}

TEST(Ownership, TakesTheFewestPassesWhosePartsFit) {
  EXPECT_EQ(passes_for(331, 10, 331), 1);
  EXPECT_EQ(passes_for(331, 10, 330), 2);
  EXPECT_EQ(passes_for(331, 10, 170), 2);
  EXPECT_EQ(passes_for(331, 10, 169), 3) << "17 shards of 10 do not fit";
  EXPECT_EQ(passes_for(331, 10, 10), 34);
  EXPECT_EQ(passes_for(331, 10, 9), 0);
  EXPECT_EQ(passes_for(0, 10, 0), 1);
  for (const std::int64_t room : {10, 57, 169, 170, 330, 331})
    EXPECT_LE(Ownership({331, 10, 1, passes_for(331, 10, room)}).of(0, 0).size(), room);
}

TEST(Reshard, ServesRanksThatBringNothing) {
  const mpi::Communicator comm;
  Reshard reshard(comm, Ownership{4, 1, comm.size()}, 1);
  std::vector<float> rows;
  std::vector<std::int64_t> positions;
  if (comm.rank() == comm.size() - 1) {
    rows = {0.0F, 1.0F, 2.0F, 3.0F};
    positions = {0, 1, 2, 3};
  }
  std::int64_t arrived = 0;
  reshard.exchange(rows, positions, positions, 0,
                   [&](std::int64_t position, std::int64_t source, std::span<const float> row) {
                     EXPECT_EQ(row.front(), static_cast<float>(position));
                     EXPECT_EQ(source, position);
                     ++arrived;
                   });
  EXPECT_EQ(comm.sum(arrived), 4);
}

}  // namespace
}  // namespace colonnade::data
