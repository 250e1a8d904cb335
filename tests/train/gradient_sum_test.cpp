#include <colonnade/mpi/agreed.hpp>
#include <colonnade/nn/optimiser.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/slices.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::size_t parameters = 3 * tile_parameters + 77;

/// Values of very different sizes, so that the order of a sum shows in its bits.
float value(std::int64_t lane, std::size_t parameter, int round) {
  const auto i = static_cast<double>(lane * 1000003 + static_cast<std::int64_t>(parameter));
  return static_cast<float>(std::sin(i + round) * std::pow(10.0, std::fmod(i, 7.0)));
}

double loss(std::int64_t lane, int round) {
  return 0.1 * static_cast<double>(lane) + round;
}

float tree_sum(int level, std::int64_t index, std::int64_t lanes, std::size_t parameter,
               int round) {
  if (level == 0) return value(index, parameter, round);
  const float left = tree_sum(level - 1, 2 * index, lanes, parameter, round);
  if ((2 * index + 1) << (level - 1) >= lanes) return left;
  return left + tree_sum(level - 1, 2 * index + 1, lanes, parameter, round);
}

std::vector<float> expected_sum(std::int64_t lanes, int round) {
  int level = 0;
  while ((std::int64_t{1} << level) < lanes) ++level;
  std::vector<float> sum(parameters);
  for (std::size_t p = 0; p < parameters; ++p) sum[p] = tree_sum(level, 0, lanes, p, round);
  return sum;
}

GradientSum::LaneWork work_of(int round) {
  return [round](int, std::int64_t lane, std::span<float> gradient) {
    for (std::size_t p = 0; p < gradient.size(); ++p) gradient[p] = value(lane, p, round);
    return loss(lane, round);
  };
}

/// The number of values in which the sum over `lanes` lanes differs from the straightforward one.
std::int64_t differences(const mpi::Communicator& comm, std::int64_t lanes, int threads) {
  Team team(threads);
  GradientSum sum(comm, team, lanes, parameters);
  StepTimes times;
  std::int64_t different = 0;
  for (int round = 0; round < 2; ++round) {
    sum.run(work_of(round), times);
    const auto expected = expected_sum(lanes, round);
    const auto all = comm.concatenate(std::span<const float>(sum.sum()));
    EXPECT_EQ(all.size(), parameters);
    for (std::size_t p = 0; p < parameters; ++p)
      different += std::memcmp(&all[p], &expected[p], sizeof(float)) != 0 ? 1 : 0;
    EXPECT_EQ(sum.losses().size(), static_cast<std::size_t>(lanes));
    for (std::int64_t lane = 0; lane < lanes; ++lane)
      EXPECT_EQ(sum.losses()[static_cast<std::size_t>(lane)], loss(lane, round));
  }
  return different;
}

}  // namespace

TEST(GradientSum, EqualsTheSerialTreeToTheLastBit) {
  const mpi::Communicator comm;
  for (const std::int64_t lanes : {1, 2, 3, 4, 5, 6, 7, 8, 13})
    for (const int threads : {1, 2, 4})
      EXPECT_EQ(differences(comm, lanes, threads), 0)
          << lanes << " lanes, " << threads << " threads, " << comm.size() << " ranks";
}

TEST(GradientSum, ThrowsTheErrorOfTheLowestFailingRankOnAllRanks) {
  const mpi::Communicator comm;
  const std::int64_t lanes = 8;
  Team team(2);
  GradientSum sum(comm, team, lanes, parameters);
  StepTimes times;
  const auto failing = [](int, std::int64_t lane, std::span<float>) -> double {
    if (lane >= 5)
      throw base::Error(base::ErrorKind::numeric, "lane " + std::to_string(lane) + " failed");
    return 0.0;
  };
  try {
    sum.run(failing, times);
    FAIL() << "no error";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
    EXPECT_EQ(error.sentence(), "lane 5 failed");
  }
  sum.run(work_of(0), times);
  EXPECT_EQ(sum.losses()[7], loss(7, 0));
}

namespace {

std::vector<base::Bfloat16> rounded(std::span<const float> values) {
  std::vector<base::Bfloat16> result(values.size());
  base::round_to_bfloat16(values, result);
  return result;
}

/// Three steps of an update by all ranks and threads beside one in one piece: the weights that
/// differ, as floats and as the passes read them.
std::int64_t differences_of_update(nn::Algorithm algorithm, int threads, nn::Precision precision) {
  const mpi::Communicator comm;
  const nn::OptimiserConfig config{.algorithm = algorithm, .weight_decay = 0.01};
  Team team(threads);
  SlicedUpdate update(comm, team, config, parameters, 0.0);
  nn::Optimiser whole(config, parameters);
  Weights weights(comm, team, parameters, precision);
  std::vector<float> expected(parameters), gradient(parameters);
  for (std::size_t p = 0; p < parameters; ++p)
    weights.all()[p] = expected[p] = static_cast<float>(std::cos(static_cast<double>(p)));
  StepTimes times;
  const mpi::Range slice = slice_of_rank(parameters, comm.size(), comm.rank());
  const auto mine = std::span<const float>(gradient).subspan(
      static_cast<std::size_t>(slice.begin), static_cast<std::size_t>(slice.size()));
  std::int64_t different = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t p = 0; p < parameters; ++p) gradient[p] = value(1, p, round);
    whole.step(expected, gradient, 0.05, 1.0);
    EXPECT_TRUE(update.step(weights, mine, 0.05, times));
    weights.share(times);
    const auto read = rounded(expected);
    for (std::size_t p = 0; p < weights.rounded().size(); ++p)
      different += weights.rounded()[p] == read[p] ? 0 : 1;
  }
  weights.complete();
  for (std::size_t p = 0; p < parameters; ++p)
    different += std::memcmp(&weights.all()[p], &expected[p], sizeof(float)) != 0 ? 1 : 0;
  return different;
}

}  // namespace

TEST(SlicedUpdate, EqualsTheUpdateInOnePiece) {
  for (const auto algorithm : {nn::Algorithm::sgd, nn::Algorithm::momentum, nn::Algorithm::adamw})
    for (const int threads : {1, 2, 4})
      for (const auto precision : {nn::Precision::fp32, nn::Precision::bf16})
        EXPECT_EQ(differences_of_update(algorithm, threads, precision), 0)
            << nn::name_of(algorithm) << ", " << threads << " threads, " << nn::name_of(precision);
}

TEST(SlicedUpdate, ClipsToTheNormAndRefusesOneThatIsNotFinite) {
  const mpi::Communicator comm;
  Team team(2);
  const nn::OptimiserConfig config{.algorithm = nn::Algorithm::sgd};
  SlicedUpdate update(comm, team, config, parameters, 2.0);
  Weights weights(comm, team, parameters, nn::Precision::fp32);
  const mpi::Range slice = slice_of_rank(parameters, comm.size(), comm.rank());
  std::vector<float> gradient(static_cast<std::size_t>(slice.size()), 3.0F);
  StepTimes times;
  ASSERT_TRUE(update.step(weights, gradient, 1.0, times));
  weights.share(times);
  double squares = 0.0;
  for (const float weight : weights.all()) squares += static_cast<double>(weight) * weight;
  EXPECT_NEAR(std::sqrt(squares), 2.0, 1e-5);
  const std::vector<float> before(weights.all().begin(), weights.all().end());
  if (comm.is_root()) gradient[5] = NAN;
  EXPECT_FALSE(update.step(weights, gradient, 1.0, times));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), weights.all().begin()));
}
