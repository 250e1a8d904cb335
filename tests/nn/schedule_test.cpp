#include <colonnade/base/error.hpp>
#include <colonnade/nn/schedule.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace colonnade::nn {
namespace {

TEST(Schedule, WarmUpRisesToTheFullRateAtItsLastStep) {
  const Schedule schedule({.learning_rate = 0.8, .warmup_steps = 4});
  EXPECT_DOUBLE_EQ(schedule.at(0), 0.2);
  EXPECT_DOUBLE_EQ(schedule.at(1), 0.4);
  EXPECT_DOUBLE_EQ(schedule.at(3), 0.8);
  EXPECT_DOUBLE_EQ(schedule.at(1000), 0.8);
}

TEST(Schedule, CosineFallsFromTheWarmUpsEndToZero) {
  const Schedule schedule(
      {.kind = ScheduleKind::cosine, .learning_rate = 2.0, .warmup_steps = 10, .total_steps = 30});
  EXPECT_DOUBLE_EQ(schedule.at(9), 2.0);
  EXPECT_DOUBLE_EQ(schedule.at(10), 2.0);
  EXPECT_DOUBLE_EQ(schedule.at(15), 1.7071067811865476);
  EXPECT_NEAR(schedule.at(20), 1.0, 1e-15);
  EXPECT_DOUBLE_EQ(schedule.at(30), 0.0);
  EXPECT_DOUBLE_EQ(schedule.at(99), 0.0);
}

TEST(Schedule, PlateauFallsAfterPatienceEpochsWithoutABetterLoss) {
  Schedule schedule({.kind = ScheduleKind::plateau,
                     .learning_rate = 1.0,
                     .plateau_factor = 0.5,
                     .plateau_patience = 2});
  for (const double loss : {5.0, 4.0, 4.0, 3.0, 3.5}) schedule.end_epoch(loss);
  EXPECT_EQ(schedule.at(0), 1.0);
  schedule.end_epoch(3.0);
  EXPECT_EQ(schedule.at(0), 0.5);
  schedule.end_epoch(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(schedule.at(0), 0.5);
  schedule.end_epoch(9.0);
  EXPECT_EQ(schedule.at(0), 0.25);
}

TEST(Schedule, OnlyPlateauListensToTheLoss) {
  for (const auto kind : {ScheduleKind::constant, ScheduleKind::cosine}) {
    Schedule schedule({.kind = kind, .total_steps = 100, .plateau_patience = 1});
    const double before = schedule.at(7);
    for (int epoch = 0; epoch < 5; ++epoch) schedule.end_epoch(1.0);
    EXPECT_EQ(schedule.at(7), before);
  }
}

TEST(Schedule, RestoredStateGoesOn) {
  const ScheduleConfig config{.kind = ScheduleKind::plateau, .plateau_patience = 3};
  Schedule first(config);
  for (const double loss : {1.0, 2.0, 2.0}) first.end_epoch(loss);
  Schedule second(config);
  second.restore(first.state());
  EXPECT_EQ(second.at(0), config.learning_rate);
  second.end_epoch(1.5);
  EXPECT_EQ(second.at(0), 0.5 * config.learning_rate);
}

TEST(Schedule, RefusesSettingsOutOfRange) {
  EXPECT_THROW(Schedule({.learning_rate = 0.0}), base::Error);
  EXPECT_THROW(Schedule({.learning_rate = std::numeric_limits<double>::quiet_NaN()}), base::Error);
  EXPECT_THROW(Schedule({.warmup_steps = -1}), base::Error);
  EXPECT_THROW(Schedule({.kind = ScheduleKind::cosine, .warmup_steps = 5, .total_steps = 5}),
               base::Error);
  EXPECT_THROW(Schedule({.plateau_factor = 1.0}), base::Error);
  EXPECT_THROW(Schedule({.plateau_patience = 0}), base::Error);
  EXPECT_THROW(schedule_from_name("linear"), base::Error);
  EXPECT_EQ(schedule_from_name("cosine"), ScheduleKind::cosine);
}

}  // namespace
}  // namespace colonnade::nn
