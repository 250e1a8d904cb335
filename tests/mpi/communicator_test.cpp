#include <colonnade/mpi/communicator.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace colonnade::mpi {
namespace {

const Communicator& world() {
  static const Communicator comm;
  return comm;
}

TEST(Communicator, ReducesOverAllRanks) {
  const int size = world().size();
  EXPECT_EQ(world().min(world().rank() + 3), 3);
  EXPECT_EQ(world().max(static_cast<double>(world().rank())), size - 1.0);
  const std::int64_t large = std::int64_t{1} << 50;
  EXPECT_EQ(world().sum(large + world().rank()), size * large + size * (size - 1) / 2);
}

TEST(Communicator, BroadcastsTextsOfAnyLengthFromAnyRank) {
  for (int root = 0; root < world().size(); ++root)
    for (const std::size_t length : {0U, 1U, 100000U}) {
      std::string text(length, static_cast<char>('a' + root));
      const auto heard =
          world().broadcast(world().rank() == root ? text : std::string("something else"), root);
      EXPECT_EQ(heard, text);
    }
}

TEST(Communicator, BroadcastsValues) {
  const int root = world().size() - 1;
  std::vector<std::int64_t> values(1000, -1);
  if (world().rank() == root)
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i * i);
  world().broadcast(std::span(values), root);
  for (std::size_t i = 0; i < values.size(); ++i)
    ASSERT_EQ(values[i], static_cast<std::int64_t>(i * i));
}

TEST(Communicator, GathersOneValueOfEachRankInOrder) {
  const auto all = world().gather_to_all(world().rank() * 0.5);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world().size()));
  for (std::size_t r = 0; r < all.size(); ++r) EXPECT_EQ(all[r], 0.5 * static_cast<double>(r));
}

TEST(Communicator, ConcatenatesPartsOfWhichSomeAreEmpty) {
  // Rank r brings r values, so the first brings none.
  std::vector<std::uint64_t> part, expected;
  for (int r = 0; r < world().size(); ++r)
    for (int i = 0; i < r; ++i) {
      const auto value = static_cast<std::uint64_t>(100 * r + i);
      expected.push_back(value);
      if (r == world().rank()) part.push_back(value);
    }
  EXPECT_EQ(world().concatenate(std::span<const std::uint64_t>(part)), expected);
  EXPECT_TRUE(world().concatenate(std::span<const float>()).empty());
}

TEST(Communicator, ExchangesRowsOfUnequalCounts) {
  constexpr std::int64_t width = 7;
  const int rank = world().rank(), size = world().size();
  // Rank a sends (a + 2 b) % 4 rows to rank b: some pairs exchange none.
  const auto rows_between = [](int from, int to) { return (from + 2 * to) % 4; };
  const auto value = [](int from, int to, int row, std::int64_t place) {
    return static_cast<float>(1000 * from + 100 * to + 10 * row + place);
  };
  std::vector<int> send_counts, receive_counts;
  std::vector<float> send, expected;
  for (int other = 0; other < size; ++other) {
    send_counts.push_back(rows_between(rank, other));
    receive_counts.push_back(rows_between(other, rank));
    for (int row = 0; row < send_counts.back(); ++row)
      for (std::int64_t i = 0; i < width; ++i) send.push_back(value(rank, other, row, i));
    for (int row = 0; row < receive_counts.back(); ++row)
      for (std::int64_t i = 0; i < width; ++i) expected.push_back(value(other, rank, row, i));
  }
  EXPECT_EQ(exchange_counts(world(), send_counts), receive_counts);
  std::vector<float> received(expected.size(), -1.0F);
  exchange_rows<float>(world(), send, send_counts, received, receive_counts, width);
  EXPECT_EQ(received, expected);
}

TEST(CountOf, NarrowsOnlyWhatFits) {
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  EXPECT_EQ(count_of(most), most);
  EXPECT_EQ(count_of(0), 0);
  EXPECT_THROW(count_of(most + 1), std::logic_error);
  EXPECT_THROW(count_of(-1), std::logic_error);
}

}  // namespace
}  // namespace colonnade::mpi
