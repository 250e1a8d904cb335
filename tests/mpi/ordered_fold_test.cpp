#include <colonnade/base/random.hpp>
#include <colonnade/mpi/ordered_fold.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace colonnade::mpi {
namespace {

/// Depends on the order in every bit: products and sums of numbers of very different size.
void merge(std::span<double> state, std::span<const double> next) {
  state[0] = state[0] * 1.0000001 + next[0];
  state[1] = std::sqrt(std::abs(state[1])) + next[1] * state[0];
}

std::vector<double> record_of(std::int64_t piece, std::int64_t items) {
  base::Random random(1, base::Purpose::test, static_cast<std::uint64_t>(piece));
  std::vector<double> record(static_cast<std::size_t>(2 * items));
  for (auto& value : record) value = std::ldexp(random.normal(), static_cast<int>(piece % 60) - 30);
  return record;
}

std::vector<double> serial_fold(std::int64_t pieces, std::int64_t items) {
  std::vector<double> state;
  for (std::int64_t item = 0; item < items; ++item) state.insert(state.end(), {1.0, 2.0});
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    const auto record = record_of(piece, items);
    for (std::size_t at = 0; at < state.size(); at += 2)
      merge(std::span(state).subspan(at, 2), std::span(record).subspan(at, 2));
  }
  return state;
}

std::vector<double> fold(const Communicator& comm, std::int64_t piece_count, std::int64_t items) {
  OrderedFold fold(comm, items, {1.0, 2.0}, merge);
  for (std::int64_t round = 0; round < pieces(piece_count, comm.size()); ++round) {
    const std::int64_t piece = round * comm.size() + comm.rank();
    fold.add_round(piece < piece_count ? record_of(piece, items) : std::vector<double>{});
  }
  return fold.result();
}

bool equal_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST(OrderedFold, HasTheBitsOfTheSerialFold) {
  const Communicator comm;
  std::size_t compared = 0;
  for (const std::int64_t piece_count : {0, 1, 2, 3, 4, 7, 30})
    for (const std::int64_t items : {1, 2, 4, 5, 100}) {
      const auto result = fold(comm, piece_count, items);
      EXPECT_TRUE(equal_bits(result, serial_fold(piece_count, items)))
          << piece_count << " pieces, " << items << " items";
      compared += result.size();
    }
  EXPECT_EQ(compared, 7U * 2U * 112U);
}

TEST(OrderedFold, TheMergeOfTheseTestsFeelsTheOrder) {
  std::vector<double> forward{1.0, 2.0}, backward{1.0, 2.0};
  const auto first = record_of(0, 1), second = record_of(31, 1);
  merge(forward, first);
  merge(forward, second);
  merge(backward, second);
  merge(backward, first);
  EXPECT_FALSE(equal_bits(forward, backward));
}

TEST(OrderedFold, RefusesARecordThatLacksItems) {
  const Communicator comm;
  OrderedFold fold(comm, 3, {0.0}, merge);
  EXPECT_THROW(fold.add_round(std::vector<double>(2)), std::logic_error);
}

}  // namespace
}  // namespace colonnade::mpi
