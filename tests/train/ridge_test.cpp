#include <colonnade/base/random.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/ridge.hpp>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

// More inputs than a tile is wide, more columns than a piece is long.
constexpr std::int64_t inputs = 300, outputs = 7, columns = 1500, validation = 90;

double input(std::int64_t column, std::int64_t i) {
  return base::Random(5, base::Purpose::test, static_cast<std::uint64_t>(column * 1000 + i))
             .uniform(-1, 1) +
         0.5;
}

double slope(std::int64_t o, std::int64_t i) {
  return std::sin(static_cast<double>(o * inputs + i)) / 10;
}

/// Linear in the even inputs, with an intercept, and noise where it is asked for.
double target(std::int64_t column, std::int64_t o, double noise) {
  double sum = 3.0 * static_cast<double>(o);
  for (std::int64_t i = 0; i < inputs; i += 2) sum += slope(o, i) * input(column, i);
  return sum +
         noise * base::Random(6, base::Purpose::test, static_cast<std::uint64_t>(column * 1000 + o))
                     .normal();
}

ColumnSource source_with(double noise, std::int64_t validated) {
  const auto read = [noise](const std::string& array, mpi::Range range, std::span<float> rows) {
    const std::int64_t width = array == "x" ? inputs : outputs;
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()), range.size() * width);
    for (std::int64_t column = range.begin; column < range.end; ++column)
      for (std::int64_t i = 0; i < width; ++i)
        rows[static_cast<std::size_t>((column - range.begin) * width + i)] =
            static_cast<float>(array == "x" ? input(column, i) : target(column, i, noise));
  };
  return {inputs, outputs, {0, columns}, {columns, columns + validated}, read};
}

std::vector<std::size_t> even_inputs() {
  std::vector<std::size_t> active;
  for (std::size_t i = 0; i < inputs; i += 2) active.push_back(i);
  return active;
}

std::vector<std::size_t> all_inputs() {
  std::vector<std::size_t> active(inputs);
  std::iota(active.begin(), active.end(), std::size_t{0});
  return active;
}

Ridge fit(MPI_Comm comm, int threads, double noise, const std::vector<std::size_t>& active,
          const RidgeOptions& options, std::int64_t validated = 0) {
  Team team(threads);
  return fit_ridge(mpi::Communicator(comm), team, source_with(noise, validated), active, options,
                   {});
}

TEST(Ridge, RecoversALinearTruth) {
  const auto ridge =
      fit(MPI_COMM_WORLD, 1, 0.0, even_inputs(), {.columns = columns, .lambdas = {1e-9}});
  EXPECT_EQ(ridge.columns, columns);
  ASSERT_EQ(ridge.weights.size(), static_cast<std::size_t>((inputs + 1) * outputs));
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i)
      ASSERT_NEAR(ridge.weights[static_cast<std::size_t>(o * inputs + i)],
                  i % 2 == 0 ? slope(o, i) : 0.0, 1e-5);
    EXPECT_NEAR(ridge.weights[static_cast<std::size_t>(outputs * inputs + o)],
                3.0 * static_cast<double>(o), 1e-4);
  }
}

TEST(Ridge, EqualsTheDirectSolution) {
  constexpr std::int64_t used = 1100;
  constexpr double lambda = 0.3;
  Eigen::MatrixXd x(used, inputs), y(used, outputs);
  for (std::int64_t c = 0; c < used; ++c) {
    for (std::int64_t i = 0; i < inputs; ++i)
      x(c, i) = static_cast<double>(static_cast<float>(input(c, i)));
    for (std::int64_t o = 0; o < outputs; ++o)
      y(c, o) = static_cast<double>(static_cast<float>(target(c, o, 0.5)));
  }
  const Eigen::RowVectorXd x_mean = x.colwise().mean(), y_mean = y.colwise().mean();
  x.rowwise() -= x_mean;
  y.rowwise() -= y_mean;
  Eigen::MatrixXd products = x.transpose() * x;
  products.diagonal().array() += lambda * products.diagonal().mean();
  const Eigen::MatrixXd expected = products.colPivHouseholderQr().solve(x.transpose() * y);
  const Eigen::RowVectorXd intercept = y_mean - x_mean * expected;

  const auto ridge =
      fit(MPI_COMM_WORLD, 2, 0.5, all_inputs(), {.columns = used, .lambdas = {lambda}});
  EXPECT_EQ(ridge.columns, used);
  EXPECT_FALSE(ridge.chosen_by_validation);
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i)
      ASSERT_NEAR(ridge.weights[static_cast<std::size_t>(o * inputs + i)], expected(i, o), 1e-7);
    EXPECT_NEAR(ridge.weights[static_cast<std::size_t>(outputs * inputs + o)], intercept(o), 2e-6);
  }
}

/// Inputs 0 and 1 are all but equal, so that a last bit of the equations shows in the weights.
Ridge fit_sensitive(MPI_Comm comm, int threads) {
  auto source = source_with(0.5, validation);
  source.read = [read = source.read](const std::string& array, mpi::Range range,
                                     std::span<float> rows) {
    read(array, range, rows);
    if (array == "x")
      for (std::size_t at = 0; at < rows.size(); at += inputs)
        rows[at + 1] = rows[at] + 1e-6F * rows[at + 2];
  };
  Team team(threads);
  return fit_ridge(mpi::Communicator(comm), team, source, all_inputs(),
                   {.columns = columns, .lambdas = {1e-13, 1e-14}}, {});
}

TEST(Ridge, HasTheBitsOfOneRankAndOneThread) {
  const auto alone = fit_sensitive(MPI_COMM_SELF, 1);
  for (const int threads : {1, 2, 3}) {
    const auto together = fit_sensitive(MPI_COMM_WORLD, threads);
    EXPECT_EQ(together.weights, alone.weights) << threads;
    EXPECT_EQ(together.lambda, alone.lambda) << threads;
    EXPECT_TRUE(together.chosen_by_validation);
  }
}

TEST(Ridge, TakesThePenaltyThatTheValidationSplitPrefers) {
  RidgeOptions options{.columns = columns, .lambdas = {1e-6, 1e4}};
  EXPECT_EQ(fit(MPI_COMM_WORLD, 1, 0.0, all_inputs(), options, validation).lambda, 1e-6);
  // With few columns and much noise the slopes are better near zero.
  options.columns = 310;
  EXPECT_EQ(fit(MPI_COMM_WORLD, 1, 50.0, all_inputs(), options, validation).lambda, 1e4);
  options.lambdas = {1e-6, 0.5, 1e4};
  EXPECT_EQ(fit(MPI_COMM_WORLD, 1, 50.0, all_inputs(), options).lambda, 0.5);
}

TEST(Ridge, IsTheMeanWithoutInputs) {
  const auto ridge = fit(MPI_COMM_WORLD, 1, 0.0, {}, {.columns = columns, .lambdas = {0.1}});
  for (std::int64_t o = 0; o < outputs; ++o) {
    double mean = 0.0;
    for (std::int64_t c = 0; c < columns; ++c)
      mean += target(c, o, 0.0) / static_cast<double>(columns);
    EXPECT_NEAR(ridge.weights[static_cast<std::size_t>(outputs * inputs + o)], mean, 1e-5);
    EXPECT_EQ(ridge.weights[static_cast<std::size_t>(o * inputs)], 0.0F);
  }
}

TEST(Ridge, RefusesSingularEquationsOnAllRanks) {
  auto source = source_with(0.0, 0);
  source.read = [read = source.read](const std::string& array, mpi::Range range,
                                     std::span<float> rows) {
    read(array, range, rows);
    if (array == "x")
      for (std::size_t at = 8; at < rows.size(); at += inputs) rows[at] = 0.0F;
  };
  Team team(1);
  try {
    fit_ridge(mpi::Communicator(), team, source, all_inputs(),
              {.columns = columns, .lambdas = {0.0}}, {});
    FAIL() << "a column of zeros was solved for";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
  }
}

}  // namespace
