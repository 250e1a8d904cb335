#include "train/trainer_samples.hpp"

#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;
using namespace colonnade::train::samples;

namespace {

base::Error error_of_run(const TrainerConfig& config, const ColumnSource& columns) {
  try {
    outcome_of(config, columns);
  } catch (const mpi::AgreedError& error) {
    return error;
  }
  return {base::ErrorKind::internal, "no error"};
}

}  // namespace

TEST(Trainer, HasTheSameBitsOnAnyRanksAndThreads) {
  // 331 columns in 7 lanes: 48 columns and less, the last step ragged.
  const auto columns = source({4, 335}, {340, 400});
  for (const auto algorithm : {nn::Algorithm::sgd, nn::Algorithm::momentum, nn::Algorithm::adamw}) {
    const Outcome outcome = expect_same_bits(config_of(algorithm), columns);
    ASSERT_EQ(outcome.epochs.size(), 3U);
    EXPECT_EQ(outcome.epochs.back().step, 3 * 6);
    EXPECT_LT(outcome.epochs.back().train_loss, outcome.epochs.front().train_loss);
  }
}

TEST(Trainer, InBf16HasTheSameBitsAndLearnsNearlyAsWell) {
  if (!nn::is_native(nn::Precision::bf16))
    GTEST_SKIP() << "NOT SHOWN: this processor does not multiply in bf16";
  auto config = config_of(nn::Algorithm::adamw);
  const auto columns = source({40, 371}, {371, 433});
  const Outcome exact = outcome_of(config, columns, mpi::Communicator(MPI_COMM_SELF));
  config.precision = nn::Precision::bf16;
  const Outcome rounded = expect_same_bits(config, columns);
  EXPECT_NE(rounded.hash, exact.hash);
  EXPECT_NEAR(rounded.result.best_loss, exact.result.best_loss, 0.05 * exact.result.best_loss);
}

TEST(Trainer, ClipsWithTheSameBits) {
  auto config = config_of(nn::Algorithm::sgd);
  const auto columns = source({0, 331}, {331, 371});
  const std::string free_running = outcome_of(config, columns).hash;
  config.clip_norm = 0.05;
  EXPECT_NE(expect_same_bits(config, columns).hash, free_running);
}

TEST(Trainer, WithAWeightedObjectiveHasTheSameBits) {
  auto config = config_of(nn::Algorithm::adamw);
  const auto columns = source({4, 335}, {340, 400});
  const std::string plain = outcome_of(config, columns).hash;
  config.objective = {.loss = nn::Loss::mae, .weights = {1.0F, 0.5F, 2.0F, 0.25F, 3.0F}};
  const Outcome weighted = expect_same_bits(config, columns);
  EXPECT_NE(weighted.hash, plain);
  config.objective.fluxes = {{.down = 0,
                              .up = 2,
                              .down_scale = {1.0F, 2.0F, 3.0F},
                              .up_scale = {0.5F, 0.4F, 0.3F},
                              .factor = {-1.5F, 0.7F}}};
  config.objective.flux_weight = 0.5F;
  const Outcome with_fluxes = expect_same_bits(config, columns);
  EXPECT_NE(with_fluxes.hash, weighted.hash);
  EXPECT_GT(with_fluxes.result.best_loss, weighted.result.best_loss);
}

TEST(Trainer, TakesOneLaneAndMoreLanesThanColumnsOfAStep) {
  auto config = config_of(nn::Algorithm::adamw);
  config.batch = config.micro_batch = 32;
  expect_same_bits(config, source({0, 75}, {75, 80}));
  config.batch = 16;
  config.micro_batch = 1;
  config.schedule.kind = nn::ScheduleKind::cosine;
  config.schedule.warmup_steps = 2;
  expect_same_bits(config, source({0, 17}, {17, 18}));
}

TEST(Trainer, StopsEarlyAndNamesTheBestEpoch) {
  auto config = config_of(nn::Algorithm::sgd);
  config.epochs = 40;
  config.patience = 2;
  config.schedule.learning_rate = 0.9;
  config.optimiser.momentum = 0.99;
  config.optimiser.algorithm = nn::Algorithm::momentum;
  config.clip_norm = 1.0;
  const Outcome outcome = expect_same_bits(config, source({0, 331}, {331, 371}));
  ASSERT_TRUE(outcome.result.stopped_early);
  const auto best = static_cast<std::size_t>(outcome.result.best_epoch);
  ASSERT_EQ(outcome.epochs.size(), best + 2);
  EXPECT_TRUE(outcome.epochs[best - 1].is_best);
  for (const auto& report : outcome.epochs)
    EXPECT_GE(report.validation_loss, outcome.result.best_loss);
}

TEST(Trainer, TakesTheTrainingLossWithoutAValidationSplit) {
  const Outcome outcome =
      expect_same_bits(config_of(nn::Algorithm::adamw), source({0, 331}, {331, 331}));
  EXPECT_EQ(outcome.epochs[1].validation_loss, outcome.epochs[1].train_loss);
}

TEST(Trainer, EndsAllRanksOnNumbersThatAreNotFinite) {
  auto config = config_of(nn::Algorithm::adamw);
  config.threads = 2;
  const auto in_training = error_of_run(config, source({0, 331}, {331, 371}, 300));
  EXPECT_EQ(in_training.kind(), base::ErrorKind::numeric);
  EXPECT_NE(in_training.sentence().find("the loss left the finite numbers in epoch 1, step"),
            std::string::npos);
  const auto in_validation = error_of_run(config, source({0, 331}, {331, 371}, 350));
  EXPECT_NE(in_validation.sentence().find("the validation loss"), std::string::npos);
  config.shape.activation = nn::Activation::relu;
  EXPECT_EQ(error_of_run(config, source({0, 331}, {331, 371}, 300)).kind(),
            base::ErrorKind::numeric);
}

TEST(Trainer, EndsAllRanksWhenTheLastStepLeavesNoFiniteWeights) {
  auto config = config_of(nn::Algorithm::sgd);
  config.epochs = 1;
  config.schedule.learning_rate = 1e39;
  const auto error = error_of_run(config, source({0, config.batch}, {}));
  EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
  EXPECT_NE(error.sentence().find("the weights left the finite numbers"), std::string::npos);
}

TEST(Trainer, RefusesABatchLargerThanTheData) {
  const auto error = error_of_run(config_of(nn::Algorithm::sgd), source({0, 55}, {55, 60}));
  EXPECT_EQ(error.kind(), base::ErrorKind::usage);
  EXPECT_NE(error.sentence().find("larger than the training split of 55 columns"),
            std::string::npos);
}

TEST(Trainer, GoesOnFromEveryStepOnOtherRanksAndThreadsWithTheSameBits) {
  const auto columns = source({4, 335}, {340, 400});
  int resumed = 0;
  for (const auto algorithm : {nn::Algorithm::momentum, nn::Algorithm::adamw}) {
    auto config = config_of(algorithm);
    // Five tiles of parameters, so that ranks and threads hold slices of the moments.
    config.shape.widths = {inputs, 128, 128, outputs};
    config.schedule.kind = nn::ScheduleKind::plateau;
    config.schedule.plateau_patience = 1;
    config.patience = 2;
    Trainer straight(mpi::Communicator(MPI_COMM_SELF), config, columns, {});
    std::vector<EpochReport> epochs;
    std::vector<TrainingState> states{straight.state()};
    straight.run(
        {.on_epoch = [&](const EpochReport& report) { epochs.push_back(report); },
         .on_step = [&](std::span<const std::uint32_t>) { states.push_back(straight.state()); }});
    states.push_back(straight.state());
    for (std::size_t s = 0; s < states.size(); ++s, ++resumed) {
      config.threads = 1 + static_cast<int>(s % 3);
      config.buckets = 1 + static_cast<std::int64_t>(s % 4);
      Trainer trainer(mpi::Communicator(), config, columns, {});
      trainer.restore(states[s]);
      auto epoch = static_cast<std::size_t>(states[s].position.epoch);
      trainer.run({.on_epoch = [&](const EpochReport& report) {
        EXPECT_EQ(report.train_loss, epochs.at(epoch).train_loss);
        EXPECT_EQ(report.learning_rate, epochs.at(epoch++).learning_rate);
      }});
      EXPECT_EQ(epoch, epochs.size());
      EXPECT_EQ(trainer.position().best_loss, straight.position().best_loss);
      ASSERT_EQ(base::hash_values(trainer.weights()), base::hash_values(straight.weights()))
          << "from state " << s;
    }
  }
  EXPECT_EQ(resumed, 2 * (1 + 3 * 6 + 1));
}

TEST(Trainer, HearsWhatEachRankAsksInTheSameStep) {
  const mpi::Communicator comm;
  Trainer trainer(comm, config_of(nn::Algorithm::sgd), source({4, 335}, {340, 400}), {});
  std::uint32_t asked = 0;
  std::int64_t heard = 0;
  trainer.run({.request =
                   [&] {
                     ++asked;
                     return asked * 100 + static_cast<std::uint32_t>(comm.rank());
                   },
               .on_step =
                   [&](std::span<const std::uint32_t> requests) {
                     ASSERT_EQ(requests.size(), static_cast<std::size_t>(comm.size()));
                     for (std::uint32_t rank = 0; rank < requests.size(); ++rank)
                       EXPECT_EQ(requests[rank], asked * 100 + rank);
                     EXPECT_EQ(trainer.step_count(), ++heard);
                   }});
  EXPECT_EQ(heard, 3 * 6);
}
