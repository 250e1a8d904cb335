#include "train/evaluation_samples.hpp"

#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/evaluation_report.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

/// Physical value of an encoded target.
double physical(std::size_t o, double encoded) {
  const double value = 2.0 + 3.0 * encoded;
  return o == 8 ? std::copysign(value * value, value) : value;
}

/// Physical targets and heating rates of one column, from encoded targets.
std::vector<double> quantities_of(std::int64_t column, const std::vector<double>& targets) {
  auto row = targets;
  for (std::size_t k = 0; k + 1 < half_levels; ++k) {
    const auto pressure = [&](std::size_t level) {
      return 1000.0 * static_cast<double>(level) + 3.0 * encoded_input(column, level);
    };
    const auto net = [&](std::size_t level) {
      return targets[level] - targets[half_levels + level];
    };
    row.push_back(-9.80665 / 1004.0 * 86400.0 * (net(k + 1) - net(k)) /
                  (pressure(k + 1) - pressure(k)));
  }
  return row;
}

std::vector<double> truth_of(std::int64_t column) {
  std::vector<double> targets;
  for (std::size_t o = 0; o < outputs; ++o)
    targets.push_back(physical(o, encoded_target(column, o)));
  return quantities_of(column, targets);
}

std::vector<double> mean_row() {
  std::vector<double> means(outputs);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::int64_t c = training.begin; c < training.end; ++c)
      means[o] += physical(o, encoded_target(c, o)) / static_cast<double>(training.size());
  return means;
}

/// What predictor p (model, zero, mean) says of a column.
std::vector<double> prediction_of(std::int64_t column, std::size_t p,
                                  const std::vector<double>& means) {
  std::vector<double> targets;
  for (std::size_t o = 0; o < outputs; ++o) {
    const double network = slope(o) * encoded_input(column, o % 5) + 0.1;
    targets.push_back(p == 0 ? physical(o, network) : p == 1 ? 0.0 : means[o]);
  }
  return quantities_of(column, targets);
}

void expect_near(double found, double expected, double size) {
  EXPECT_NEAR(found, expected, 3e-6 * size);
}

TEST(Evaluation, EqualsAPlainComparisonInDouble) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 2);
  EXPECT_EQ(found.columns, test.size());
  ASSERT_EQ(found.errors.size(), outputs + half_levels - 1);
  EXPECT_EQ(found.predictors, (std::vector<std::string>{"model", "zero", "mean", "ridge"}));
  const auto means = mean_row();
  const auto n = static_cast<double>(test.size());
  for (std::size_t q = 0; q < found.errors.size(); ++q) {
    SCOPED_TRACE(found.quantities[q].name);
    double mean = 0.0, spread = 0.0, size = 0.0;
    for (std::int64_t c = test.begin; c < test.end; ++c) mean += truth_of(c)[q] / n;
    for (std::int64_t c = test.begin; c < test.end; ++c) {
      const double truth = truth_of(c)[q];
      spread += (truth - mean) * (truth - mean);
      size += std::abs(truth) / n;
    }
    expect_near(found.errors[q].mean_absolute(), size, size);
    for (std::size_t p = 0; p < 3; ++p) {
      double squared = 0.0, absolute = 0.0, plain = 0.0;
      for (std::int64_t c = test.begin; c < test.end; ++c) {
        const double error = prediction_of(c, p, means)[q] - truth_of(c)[q];
        squared += error * error;
        absolute += std::abs(error);
        plain += error;
      }
      expect_near(found.errors[q].mae(p), absolute / n, size);
      expect_near(found.errors[q].rmse(p), std::sqrt(squared / n), size);
      expect_near(found.errors[q].bias(p), plain / n, size);
      expect_near(found.errors[q].r2(p), 1 - squared / spread, 1 + squared / spread);
    }
  }
}

TEST(Evaluation, FitsRidgeToTheTrainingSplit) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  ASSERT_TRUE(found.ridge);
  EXPECT_EQ(found.ridge->columns, training.size());
  const auto layer = nn::layers(found.ridge->shape).front();
  for (std::size_t o = 0; o < outputs; ++o) {
    EXPECT_NEAR(found.ridge->weights[layer.weight_offset + o * inputs + o % 5], 0.8, 0.03);
    EXPECT_EQ(found.ridge->weights[layer.weight_offset + o * inputs + 5], 0.0F) << "constant input";
  }
  const auto all = all_targets(found);
  EXPECT_LT(all.mae(3), all.mae(0));
  EXPECT_LT(all.mae(0), all.mae(2));
}

TEST(Evaluation, HasTheBitsOfOneRankAndOneThread) {
  const auto alone = json_of(evaluation_on(MPI_COMM_SELF, 1), {});
  for (const int threads : {1, 2, 3})
    EXPECT_EQ(json_of(evaluation_on(MPI_COMM_WORLD, threads), {}), alone) << threads;
}

TEST(Evaluation, TellsTheMeanPressure) {
  const auto found = evaluation_on(MPI_COMM_WORLD, 1);
  ASSERT_EQ(found.mean_pressure_pa.size(), half_levels);
  double mean = 0.0;
  for (std::int64_t c = test.begin; c < test.end; ++c)
    mean += (2000.0 + 3.0 * encoded_input(c, 2)) / static_cast<double>(test.size());
  EXPECT_NEAR(found.mean_pressure_pa[2], mean, 1e-3);
}

TEST(Evaluation, RefusesWeightsThatGiveNoNumberOnAllRanks) {
  auto wild = model();
  wild.weights[nn::layers(wild.shape).front().bias_offset + 6] =
      std::numeric_limits<float>::quiet_NaN();
  try {
    evaluation_on(MPI_COMM_WORLD, 2, wild);
    FAIL() << "NaN went through";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
    EXPECT_EQ(error.facts().variable, "flux_up_sw[2]");
    EXPECT_EQ(error.facts().column, test.begin);
  }
}

TEST(Evaluation, RefusesAnEmptySplitOnAllRanks) {
  EXPECT_THROW(evaluate(mpi::Communicator(), model(), source(), {5, 5}, {}, {}), mpi::AgreedError);
}

Evaluation weighed(const std::map<std::string, double>& weights, BootstrapOptions bootstrap = {}) {
  EvaluationOptions options;
  options.ridge.reset();
  options.target_weights = weights;
  options.bootstrap = bootstrap;
  return evaluate(mpi::Communicator(), model(), source(), test, options, {});
}

TEST(Evaluation, WeighsTheTargetsInTheErrorsOfAll) {
  const auto found = weighed({{"flux_up_sw", 2.0}, {"rain", 0.0}}, {.replicates = 5});
  const auto variables = variables_of(found);
  const auto all = all_targets(found);
  const auto n = static_cast<double>(test.size());
  EXPECT_DOUBLE_EQ(all.count, 12 * n);
  EXPECT_NEAR(all.mae(0), (variables[0].errors.mae(0) + 2 * variables[1].errors.mae(0)) / 3, 1e-12);
  EXPECT_LT(found.bootstrap->all_targets.mae.low, all.mae(0) * 1.05);
  EXPECT_GT(found.bootstrap->all_targets.mae.high, all.mae(0) * 0.95);
}

TEST(Evaluation, RefusesWhatDoesNotFitOnAllRanks) {
  EXPECT_THROW(weighed({{"snow", 1.0}}), mpi::AgreedError);
  EXPECT_THROW(weighed({{"rain", 0.0}, {"flux_dn_sw", 0.0}, {"flux_up_sw", 0.0}}),
               mpi::AgreedError);
  EXPECT_EQ(weighed({}, {.replicates = 2, .block_columns = 5000}).bootstrap->blocks, 1);
}

TEST(Evaluation, KnowsTheEndsOfTheColumn) {
  auto found = weighed({}, {.replicates = 0});
  EXPECT_TRUE(found.order_from_pressure);
  EXPECT_FALSE(found.bootstrap);
  const auto variables = variables_of(found);
  EXPECT_EQ(ends_of(found, variables[1].run)->top, 4U);
  EXPECT_EQ(ends_of(found, variables[1].run)->surface, 7U);
  EXPECT_FALSE(ends_of(found, variables[2].run)) << "the rain has no levels";
  EXPECT_EQ(found.quantity_pressure_pa[6], found.mean_pressure_pa[2]);
  EXPECT_DOUBLE_EQ(found.quantity_pressure_pa[9],
                   (found.mean_pressure_pa[0] + found.mean_pressure_pa[1]) / 2);
  found.top_is_first = false;
  EXPECT_EQ(ends_of(found, variables[1].run)->top, 7U);
}

}  // namespace
