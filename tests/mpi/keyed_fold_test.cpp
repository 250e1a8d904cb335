#include <colonnade/mpi/keyed_fold.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace colonnade;

namespace {

constexpr std::int64_t keys = 11, pieces = 8;
constexpr std::size_t width = 3;

/// Whether a piece has a row for a key: each for some, none for key 1.
bool has(std::int64_t piece, std::int64_t key) {
  return key != 1 && (key * 7 + piece) % 3 != 0;
}

double value(std::int64_t piece, std::int64_t key, std::size_t field) {
  return std::sin(static_cast<double>(piece * 1000 + key * 10) + static_cast<double>(field));
}

/// Order matters to it, and to the last bit.
void merge(std::span<double> state, std::span<const double> next) {
  for (std::size_t f = 0; f < state.size(); ++f) state[f] = 0.7 * state[f] + next[f];
}

mpi::KeyedFold fold_on(const mpi::Communicator& comm) {
  mpi::KeyedFold fold(comm, keys, width, merge);
  for (std::int64_t first = 0; first < pieces; first += comm.size()) {
    const std::int64_t piece = first + comm.rank();
    std::vector<std::int64_t> mine;
    std::vector<double> rows;
    for (std::int64_t key = keys - 1; piece < pieces && key >= 0; --key) {
      if (!has(piece, key)) continue;
      mine.push_back(key);
      for (std::size_t f = 0; f < width; ++f) rows.push_back(value(piece, key, f));
    }
    fold.add_round(mine, rows);
  }
  return fold;
}

TEST(KeyedFold, FoldsEachKeyInTheOrderOfThePieces) {
  const auto found = fold_on(mpi::Communicator()).result();
  ASSERT_EQ(found.size(), keys * width);
  for (std::int64_t key = 0; key < keys; ++key) {
    std::vector<double> expected(width);
    for (std::int64_t piece = 0; piece < pieces; ++piece)
      for (std::size_t f = 0; has(piece, key) && f < width; ++f)
        expected[f] = 0.7 * expected[f] + value(piece, key, f);
    for (std::size_t f = 0; f < width; ++f)
      EXPECT_EQ(found[static_cast<std::size_t>(key) * width + f], expected[f]) << key;
  }
  EXPECT_EQ(found[width], 0.0) << "the key without a row";
}

TEST(KeyedFold, KeepsTheStateOfAKeyOnOneRank) {
  const mpi::Communicator comm;
  const auto fold = fold_on(comm);
  const auto all = fold.result();
  for (std::int64_t key = comm.rank(); key < keys; key += comm.size())
    EXPECT_EQ(fold.state(key)[2], all[static_cast<std::size_t>(key) * width + 2]);
}

TEST(KeyedFold, TakesFewerKeysThanRanks) {
  const mpi::Communicator comm;
  mpi::KeyedFold fold(comm, 1, 1, merge);
  const std::vector<std::int64_t> key{0};
  const std::vector<double> row{1.0};
  fold.add_round(key, row);
  double expected = 0.0;
  for (int rank = 0; rank < comm.size(); ++rank) expected = 0.7 * expected + 1.0;
  EXPECT_EQ(fold.result(), std::vector<double>{expected});
}

}  // namespace
