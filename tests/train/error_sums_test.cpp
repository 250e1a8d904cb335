#include <colonnade/train/error_sums.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::size_t quantities = 7, predictors = 2, piece_rows = 13, pieces = 11;

float truth_of(std::size_t row, std::size_t q) {
  return q == 3 ? 0.0F : 100.0F + static_cast<float>((row * 37 + q * 11) % 101) * 0.3F;
}

float prediction_of(std::size_t row, std::size_t q, std::size_t p) {
  return truth_of(row, q) + static_cast<float>((row * 13 + q * 5 + p * 7) % 29) * 0.1F - 1.3F;
}

/// Sums of all pieces, dealt to the ranks of `comm`.
std::vector<QuantityErrors> sums_on(const mpi::Communicator& comm) {
  ErrorSums sums(comm, quantities, predictors);
  const auto ranks = static_cast<std::size_t>(comm.size());
  for (std::size_t first = 0; first < pieces; first += ranks) {
    const std::size_t piece = first + static_cast<std::size_t>(comm.rank());
    std::vector<float> truth;
    std::vector<std::vector<float>> predictions(predictors);
    for (std::size_t row = piece * piece_rows; piece < pieces && row < (piece + 1) * piece_rows;
         ++row)
      for (std::size_t q = 0; q < quantities; ++q) {
        truth.push_back(truth_of(row, q));
        for (std::size_t p = 0; p < predictors; ++p)
          predictions[p].push_back(prediction_of(row, q, p));
      }
    sums.add_round(truth, predictions);
  }
  return sums.result();
}

/// The same in one pass over everything.
QuantityErrors plain_sums(std::size_t q) {
  QuantityErrors sums;
  constexpr std::size_t rows = pieces * piece_rows;
  sums.count = static_cast<double>(rows);
  sums.predictors.resize(predictors);
  for (std::size_t row = 0; row < rows; ++row) sums.truth_mean += truth_of(row, q) / sums.count;
  for (std::size_t row = 0; row < rows; ++row) {
    const double truth = truth_of(row, q);
    sums.truth_squares += (truth - sums.truth_mean) * (truth - sums.truth_mean);
    sums.truth_absolute += std::abs(truth);
    for (std::size_t p = 0; p < predictors; ++p) {
      const double error = prediction_of(row, q, p) - truth;
      sums.predictors[p].squared += error * error;
      sums.predictors[p].absolute += std::abs(error);
      sums.predictors[p].plain += error;
    }
  }
  return sums;
}

void expect_close(double found, double expected) {
  EXPECT_NEAR(found, expected, 1e-12 * std::max(1.0, std::abs(expected)));
}

TEST(ErrorSums, EqualPlainSums) {
  const auto found = sums_on(mpi::Communicator());
  ASSERT_EQ(found.size(), quantities);
  for (std::size_t q = 0; q < quantities; ++q) {
    SCOPED_TRACE(q);
    const auto expected = plain_sums(q);
    EXPECT_EQ(found[q].count, expected.count);
    expect_close(found[q].truth_mean, expected.truth_mean);
    expect_close(found[q].truth_squares, expected.truth_squares);
    expect_close(found[q].truth_absolute, expected.truth_absolute);
    for (std::size_t p = 0; p < predictors; ++p) {
      expect_close(found[q].predictors[p].squared, expected.predictors[p].squared);
      expect_close(found[q].predictors[p].absolute, expected.predictors[p].absolute);
      expect_close(found[q].predictors[p].plain, expected.predictors[p].plain);
    }
  }
}

TEST(ErrorSums, HaveTheBitsOfOneRank) {
  const auto together = sums_on(mpi::Communicator());
  const auto alone = sums_on(mpi::Communicator(MPI_COMM_SELF));
  ASSERT_EQ(together.size(), alone.size());
  for (std::size_t q = 0; q < quantities; ++q) {
    EXPECT_EQ(together[q].truth_mean, alone[q].truth_mean);
    EXPECT_EQ(together[q].truth_squares, alone[q].truth_squares);
    for (std::size_t p = 0; p < predictors; ++p) {
      EXPECT_EQ(together[q].predictors[p].squared, alone[q].predictors[p].squared);
      EXPECT_EQ(together[q].predictors[p].absolute, alone[q].predictors[p].absolute);
      EXPECT_EQ(together[q].predictors[p].plain, alone[q].predictors[p].plain);
    }
  }
}

TEST(QuantityErrors, AreMeansOfTheSums) {
  const QuantityErrors errors{4.0, 1.0, 50.0, 20.0, {{8.0, 6.0, -2.0}}};
  EXPECT_DOUBLE_EQ(errors.mean_absolute(), 5.0);
  EXPECT_DOUBLE_EQ(errors.mae(0), 1.5);
  EXPECT_DOUBLE_EQ(errors.percent(0), 30.0);
  EXPECT_DOUBLE_EQ(errors.rmse(0), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(errors.bias(0), -0.5);
  EXPECT_DOUBLE_EQ(errors.r2(0), 0.84);
}

TEST(QuantityErrors, OfASilentTruthHaveNoShareOfIt) {
  const auto silent = plain_sums(3);
  EXPECT_EQ(silent.truth_absolute, 0.0);
  EXPECT_TRUE(std::isnan(silent.percent(0)));
  EXPECT_TRUE(std::isnan(silent.r2(0)));
  EXPECT_GT(silent.mae(0), 0.0);
}

TEST(QuantityErrors, PoolByAdding) {
  const std::vector<QuantityErrors> two{{2.0, 1.0, 10.0, 4.0, {{1.0, 2.0, 3.0}}},
                                        {6.0, 5.0, 30.0, 8.0, {{7.0, 4.0, -1.0}}}};
  const auto all = pooled(two);
  EXPECT_DOUBLE_EQ(all.count, 8.0);
  EXPECT_DOUBLE_EQ(all.truth_mean, 4.0);
  EXPECT_DOUBLE_EQ(all.percent(0), 50.0);
  EXPECT_DOUBLE_EQ(all.r2(0), 0.8);
  EXPECT_DOUBLE_EQ(all.bias(0), 0.25);
}

}  // namespace
