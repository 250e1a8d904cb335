// Batch normalisation, dropout and losses of classes in a whole training: the same bits on any
// ranks and threads, and from any step on.

#include "train/trainer_samples.hpp"

#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/nn/kernel.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <tuple>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

/// The columns of source(), with classes in place of numbers: the output with the largest target,
/// or all with a positive one.
ColumnSource class_source(nn::Loss loss, mpi::Range train, mpi::Range validation) {
  ColumnSource columns = source(train, validation);
  columns.read = [loss, read = columns.read](const std::string& array, mpi::Range range,
                                             std::span<float> rows) {
    read(array, range, rows);
    if (array != "y") return;
    for (std::size_t row = 0; row < rows.size(); row += outputs) {
      const auto values = rows.subspan(row, outputs);
      const float largest = *std::max_element(values.begin(), values.end());
      for (float& value : values)
        value = (loss == nn::Loss::bce ? value > 0.2F : value == largest) ? 1.0F : 0.0F;
    }
  };
  return columns;
}

/// Of five tiles of parameters, so that ranks and threads hold slices of them.
TrainerConfig wide_config(nn::Loss loss) {
  auto config = config_of(nn::Algorithm::adamw);
  config.shape = {.widths = {inputs, 128, 128, outputs},
                  .is_residual = true,
                  .has_batch_norm = true,
                  .dropout = 0.2};
  config.objective.loss = loss;
  config.optimiser.weight_decay = 0.01;
  return config;
}

/// The mean loss of the validation columns by the folded network of `trainer`.
double loss_of_model(Trainer& trainer, const TrainerConfig& config, const ColumnSource& columns) {
  const auto shape = nn::folded(config.shape);
  const std::int64_t count = columns.validation.size();
  std::vector<float> x(static_cast<std::size_t>(count * inputs)),
      y(static_cast<std::size_t>(count * outputs));
  columns.read("x", columns.validation, x);
  columns.read("y", columns.validation, y);
  nn::MlpKernel kernel(shape, count, nn::KernelUse::inference);
  kernel.set_weights(trainer.model_weights());
  return nn::loss_sum(config.objective, kernel.forward(x.data()), y.data(), count, outputs) /
         static_cast<double>(nn::terms_of(config.objective.loss, count, outputs));
}

using Setting = std::tuple<nn::Loss, nn::Precision>;

class RegularisedTraining : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    if (!nn::is_native(std::get<1>(GetParam())))
      GTEST_SKIP() << "NOT SHOWN: this processor does not multiply in bf16";
  }
};

}  // namespace

TEST_P(RegularisedTraining, HasTheSameBitsOnAnyRanksAndThreads) {
  const auto [loss, precision] = GetParam();
  auto config = wide_config(loss);
  config.precision = precision;
  config.clip_norm = 0.3;
  config.objective.class_weights = {1, 2, 0.5, 3, 1};
  // In the last step of an epoch two lanes have 2 columns and five have 1.
  const auto columns = class_source(loss, {4, 4 + 289}, {340, 400});
  const Outcome outcome = expect_same_bits(config, columns);
  EXPECT_LT(outcome.epochs.back().train_loss, outcome.epochs.front().train_loss);
  auto other = config;
  other.shape.dropout = 0.0;
  EXPECT_NE(outcome_of(other, columns).hash, outcome.hash);
  other.shape.has_batch_norm = false;
  EXPECT_NE(outcome_of(other, columns).hash, outcome.hash);
}

TEST_P(RegularisedTraining, GoesOnFromEveryStepOnOtherRanksAndThreadsWithTheSameBits) {
  const auto [loss, precision] = GetParam();
  auto config = wide_config(loss);
  config.precision = precision;
  const auto columns = class_source(loss, {4, 4 + 289}, {340, 400});
  Trainer straight(mpi::Communicator(MPI_COMM_SELF), config, columns, {});
  std::vector<TrainingState> states;
  straight.run(
      {.on_step = [&](std::span<const std::uint32_t>) { states.push_back(straight.state()); }});
  ASSERT_EQ(states.size(), 18U);
  for (std::size_t s = 0; s < states.size(); s += 5) {
    config.threads = 1 + static_cast<int>(s % 3);
    config.buckets = 1 + static_cast<std::int64_t>(s % 4);
    Trainer trainer(mpi::Communicator(), config, columns, {});
    trainer.restore(states[s]);
    trainer.run({});
    EXPECT_EQ(trainer.position().best_loss, straight.position().best_loss);
    EXPECT_EQ(base::hash_values(trainer.model_weights()),
              base::hash_values(straight.model_weights()));
    ASSERT_EQ(base::hash_values(trainer.weights()), base::hash_values(straight.weights()))
        << "from state " << s;
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, RegularisedTraining,
                         testing::Combine(testing::Values(nn::Loss::bce, nn::Loss::cross_entropy),
                                          testing::Values(nn::Precision::fp32,
                                                          nn::Precision::bf16)));

TEST(RegularisedTrainer, ReportsTheLossOfTheModel) {
  for (const bool has_batch_norm : {false, true}) {
    auto config = wide_config(nn::Loss::cross_entropy);
    config.shape.has_batch_norm = has_batch_norm;
    config.epochs = 10;
    config.schedule.learning_rate = 0.003;
    const auto columns = class_source(nn::Loss::cross_entropy, {4, 1004}, {1010, 1210});
    Trainer trainer(mpi::Communicator(), config, columns, {});
    std::vector<double> losses;
    trainer.run({.on_epoch = [&](const EpochReport& report) {
      losses.push_back(report.validation_loss);
      const double expected = loss_of_model(trainer, config, columns);
      EXPECT_NEAR(report.validation_loss, expected, 1e-6 * expected);
    }});
    ASSERT_EQ(losses.size(), 10U);
    // Five equal probabilities have a loss of log 5.
    EXPECT_LT(losses.back(), 0.9 * std::log(5.0));
    EXPECT_EQ(trainer.weights().size() == trainer.model_weights().size(), !has_batch_norm);
  }
}

TEST(RegularisedTrainer, RunningStatisticsAreOfTheMicroBatchesThatHaveAVariance) {
  auto config = wide_config(nn::Loss::mse);
  config.shape = {.widths = {inputs, 3, outputs}, .has_batch_norm = true};
  config.epochs = 1;
  config.batch = 32;
  config.micro_batch = 8;
  config.schedule.learning_rate = 1e-30;  // so that W stays as it was
  // Four lanes of 8 columns in the first step; of 1 in the second, where the statistics stay.
  constexpr std::int64_t count = 36;
  Trainer trainer(mpi::Communicator(), config, source({0, count}, {}), {});
  std::vector<float> initial(trainer.weights().begin(), trainer.weights().end());
  trainer.run({});
  const auto view = nn::layers(config.shape).front();
  for (std::size_t o = 0; o < 3; ++o) {
    double mean = 0.0, variance = 0.0;
    for (std::int64_t lane = 0; lane < 4; ++lane) {
      std::vector<std::int64_t> chosen;
      trainer.lanes().select(0, 0, lane, chosen);
      ASSERT_EQ(chosen.size(), 8U);
      std::vector<double> z;
      for (const std::int64_t column : chosen) {
        z.push_back(initial[view.bias_offset + o]);
        for (std::size_t i = 0; i < inputs; ++i)
          z.back() +=
              static_cast<double>(initial[view.weight_offset + o * inputs + i]) *
              static_cast<double>(static_cast<float>(input(column, static_cast<std::int64_t>(i))));
      }
      double sum = 0.0, squares = 0.0;
      for (const double value : z) sum += value / 8.0;
      for (const double value : z) squares += (value - sum) * (value - sum) / 7.0;
      mean += sum / 4.0;
      variance += squares / 4.0;
    }
    EXPECT_NEAR(trainer.weights()[view.statistics_offset + o], 0.1 * mean, 1e-6);
    EXPECT_NEAR(trainer.weights()[view.statistics_offset + 3 + o], 0.9 + 0.1 * variance, 1e-6);
  }
}

TEST(RegularisedTrainer, DrawsAnewInEachStepLaneAndEpoch) {
  auto config = wide_config(nn::Loss::mse);
  config.shape.has_batch_norm = false;
  config.schedule.learning_rate = 1e-30;
  config.epochs = 2;
  config.batch = 32;
  config.micro_batch = 8;
  // All columns are the same: what differs between steps, and lanes, is what was dropped.
  ColumnSource columns = source({0, 96}, {});
  columns.read = [](const std::string&, mpi::Range, std::span<float> rows) {
    std::fill(rows.begin(), rows.end(), 0.5F);
  };
  const auto losses = [&] {
    std::vector<double> found;
    Trainer trainer(mpi::Communicator(), config, columns, {});
    trainer.run({.on_step = [&](std::span<const std::uint32_t>) {
      found.push_back(trainer.hash_step().loss);
    }});
    return found;
  };
  const auto distinct = [](const std::vector<double>& values) {
    return std::set<double>(values.begin(), values.end()).size();
  };
  const auto of_four_lanes = losses();
  EXPECT_EQ(distinct(of_four_lanes), 6U);
  config.batch = 8;
  const auto of_one = losses();
  EXPECT_EQ(distinct(of_one), 24U);
  EXPECT_GT(std::abs(of_one.front() - of_four_lanes.front()), 1e-4);
  config.shape.dropout = 0.0;
  EXPECT_EQ(distinct(losses()), 1U);
}
