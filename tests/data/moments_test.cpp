#include <colonnade/base/random.hpp>
#include <colonnade/data/moments.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace colonnade::data {
namespace {

constexpr std::int64_t columns = 1003, piece = 64;
constexpr std::size_t width = 300;  // more than one tile of features

/// Features of every sort: pressures with a large mean, tiny and heavy-tailed values, constants.
float value_of(std::int64_t column, std::size_t feature) {
  base::Random random(feature, base::Purpose::test, static_cast<std::uint64_t>(column));
  const double z = random.normal();
  switch (feature % 5) {
    case 0:
      return static_cast<float>(1e5 + 10.0 * z);
    case 1:
      return static_cast<float>(1e-9 * std::exp(3.0 * z));
    case 2:
      return 0.1F * static_cast<float>(feature);
    case 3:
      return column % 7 == 0 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(z);
    default:
      return static_cast<float>(1e10 * z);
  }
}
/// Not all columns belong to the training split.
bool is_counted(std::int64_t column) {
  return column % 5 != 2;
}

Statistics moments_of(const mpi::Communicator& comm) {
  Moments moments(comm, width);
  const std::int64_t number = mpi::pieces(columns, piece);
  for (std::int64_t round = 0; round < mpi::pieces(number, comm.size()); ++round) {
    const std::int64_t begin = (round * comm.size() + comm.rank()) * piece;
    std::vector<float> rows;
    std::vector<char> counted;
    for (std::int64_t column = begin; column < std::min(columns, begin + piece); ++column) {
      for (std::size_t i = 0; i < width; ++i) rows.push_back(value_of(column, i));
      counted.push_back(is_counted(column) ? 1 : 0);
    }
    moments.add_round(rows, counted, begin < columns);
  }
  return moments.result();
}

bool equal_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST(Moments, HaveTheSameBitsOnOneRank) {
  const mpi::Communicator world;
  const auto all = moments_of(world), alone = moments_of(mpi::Communicator(MPI_COMM_SELF));
  EXPECT_EQ(all.mean.size(), width);
  EXPECT_EQ(all.count, alone.count);
  EXPECT_TRUE(equal_bits(all.mean, alone.mean));
  EXPECT_TRUE(equal_bits(all.std, alone.std));
  EXPECT_TRUE(equal_bits(all.min, alone.min));
  EXPECT_TRUE(equal_bits(all.max, alone.max));
}

TEST(Moments, EqualSumsInLongDoubleToTheLastDigitOfFloat) {
  const auto statistics = moments_of(mpi::Communicator());
  std::size_t compared = 0;
  for (std::size_t i = 0; i < width; ++i) {
    std::vector<long double> values;
    for (std::int64_t column = 0; column < columns; ++column)
      if (const float v = value_of(column, i); is_counted(column) && !std::isnan(v))
        values.push_back(v);
    const auto count = static_cast<long double>(values.size());
    long double mean = 0, squares = 0;
    for (const auto v : values) mean += v;
    mean /= count;
    for (const auto v : values) squares += (v - mean) * (v - mean);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const bool constant = *low == *high;
    const auto exact_mean = constant ? static_cast<double>(*low) : static_cast<double>(mean);
    const auto exact_std = constant ? 0.0 : static_cast<double>(std::sqrt(squares / count));
    const auto largest = static_cast<double>(std::max(std::abs(*low), std::abs(*high)));
    EXPECT_EQ(statistics.count[i], static_cast<std::int64_t>(values.size())) << i;
    EXPECT_EQ(statistics.min[i], static_cast<double>(*low)) << i;
    EXPECT_EQ(statistics.max[i], static_cast<double>(*high)) << i;
    EXPECT_NEAR(statistics.mean[i], exact_mean, 1e-15 * largest) << i;
    EXPECT_NEAR(statistics.std[i], exact_std, 1e-12 * exact_std) << i;
    EXPECT_EQ(static_cast<float>(statistics.mean[i]), static_cast<float>(exact_mean)) << i;
    EXPECT_EQ(static_cast<float>(statistics.std[i]), static_cast<float>(exact_std)) << i;
    ++compared;
  }
  EXPECT_EQ(compared, width);
}

TEST(Moments, OfAConstantHaveAStandardDeviationOfExactlyZero) {
  const auto statistics = moments_of(mpi::Communicator());
  for (std::size_t i = 2; i < width; i += 5) {
    ASSERT_EQ(statistics.std[i], 0.0) << i;
    ASSERT_EQ(statistics.mean[i], static_cast<double>(value_of(0, i))) << i;
  }
}

TEST(Moments, OfNothingAreZeros) {
  const mpi::Communicator comm;
  Moments nothing(comm, 2), only_nan(comm, 2);
  const std::vector<float> rows(2, std::numeric_limits<float>::quiet_NaN());
  only_nan.add_round(rows, std::vector<char>{1}, true);
  for (const auto& statistics : {nothing.result(), only_nan.result()}) {
    EXPECT_EQ(statistics.count, (std::vector<std::int64_t>{0, 0}));
    for (const auto* numbers :
         {&statistics.mean, &statistics.std, &statistics.min, &statistics.max})
      EXPECT_EQ(*numbers, (std::vector<double>{0.0, 0.0}));
  }
}

TEST(PieceColumns, IsAPowerOfTwoThatFitsInMemory) {
  EXPECT_EQ(piece_columns(1), 1024);
  EXPECT_EQ(piece_columns(8192), 1024);
  EXPECT_EQ(piece_columns(8193), 512);
  EXPECT_EQ(piece_columns(std::int64_t{1} << 40), 1);
}

}  // namespace
}  // namespace colonnade::data
