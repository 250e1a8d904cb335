#include "train/gradient_values.hpp"

#include <colonnade/nn/optimiser.hpp>
#include <colonnade/train/sliced_update.hpp>
#include <colonnade/train/slices.hpp>

#include <gtest/gtest.h>
#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

std::vector<base::Bfloat16> rounded(std::span<const float> values) {
  std::vector<base::Bfloat16> result(values.size());
  base::round_to_bfloat16(values, result);
  return result;
}

/// Each tile of this rank's slice, as GradientSum::run() gives them.
void take_tiles(SlicedUpdate& update, const mpi::Communicator& comm, const Slices& slices,
                std::span<const float> gradient) {
  for (const SlicePiece& piece : slices.pieces_of_thread(comm.rank(), 1, 0))
    for (std::int64_t begin = piece.parameters.begin; begin < piece.parameters.end;
         begin += tile_parameters)
      update.take_tile(
          begin, gradient.subspan(static_cast<std::size_t>(begin),
                                  static_cast<std::size_t>(
                                      std::min(tile_parameters, piece.parameters.end - begin))));
}

/// Three steps of an update by all ranks and threads beside one in one piece: the weights that
/// differ, as floats and as the passes read them.
std::int64_t differences_of_update(nn::Algorithm algorithm, int threads, nn::Precision precision,
                                   std::int64_t buckets) {
  const mpi::Communicator comm;
  const nn::OptimiserConfig config{.algorithm = algorithm, .weight_decay = 0.01};
  Team team(threads);
  const Slices slices(parameters, comm.size(), buckets);
  SlicedUpdate update(comm, team, config, slices, 0.0, slices.parameters());
  nn::Optimiser whole(config, parameters);
  Weights weights(comm, team, slices, precision);
  std::vector<float> expected(parameters), gradient(parameters);
  for (std::size_t p = 0; p < parameters; ++p)
    weights.all()[p] = expected[p] = static_cast<float>(std::cos(static_cast<double>(p)));
  StepTimes times;
  const SliceValues mine = slice_of(comm, slices, gradient);
  std::int64_t different = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t p = 0; p < parameters; ++p) gradient[p] = value(1, p, round);
    whole.step(expected, gradient, 0.05, 1.0);
    EXPECT_TRUE(update.step(weights, mine, 0.05, 0.0, times));
    weights.share(times);
    const auto read = rounded(expected);
    for (std::size_t p = 0; p < weights.rounded().size(); ++p)
      different += weights.rounded()[p] == read[p] ? 0 : 1;
  }
  weights.complete();
  for (std::size_t p = 0; p < parameters; ++p)
    different += std::memcmp(&weights.all()[p], &expected[p], sizeof(float)) != 0 ? 1 : 0;
  for (int k = 0; k < update.moment_count(); ++k) {
    const auto moment = update.gather_moment(k);
    EXPECT_EQ(moment.size(), comm.is_root() ? parameters : 0);
    for (std::size_t p = 0; p < moment.size(); ++p)
      different += std::memcmp(&moment[p], &whole.moment(k)[p], sizeof(float)) != 0 ? 1 : 0;
    update.restore_moment(k, comm.is_root() ? whole.moment(k) : std::span<float>());
    EXPECT_EQ(update.gather_moment(k), moment);
  }
  return different;
}

}  // namespace

TEST(SlicedUpdate, EqualsTheUpdateInOnePiece) {
  for (const auto algorithm : {nn::Algorithm::sgd, nn::Algorithm::momentum, nn::Algorithm::adamw})
    for (const int threads : {1, 2, 4})
      for (const std::int64_t buckets : bucket_counts)
        for (const auto precision : {nn::Precision::fp32, nn::Precision::bf16})
          EXPECT_EQ(differences_of_update(algorithm, threads, precision, buckets), 0)
              << nn::name_of(algorithm) << ", " << threads << " threads, " << nn::name_of(precision)
              << ", " << buckets << " buckets";
}

TEST(SlicedUpdate, ClipsWithTheSameBitsInAnyBuckets) {
  const mpi::Communicator comm;
  Team team(2);
  std::vector<float> gradient(parameters), expected;
  for (std::size_t p = 0; p < parameters; ++p) gradient[p] = value(1, p, 0);
  const auto weights_in = [&](const mpi::Communicator& ranks, std::int64_t buckets) {
    const Slices slices(parameters, ranks.size(), buckets);
    SlicedUpdate update(ranks, team, {.algorithm = nn::Algorithm::sgd}, slices, 0.1,
                        slices.parameters());
    Weights weights(ranks, team, slices, nn::Precision::fp32);
    std::fill(weights.all().begin(), weights.all().end(), 0.5F);
    StepTimes times;
    take_tiles(update, ranks, slices, gradient);
    EXPECT_TRUE(update.step(weights, slice_of(ranks, slices, gradient), 1.0, 0.0, times));
    weights.share(times);
    return std::vector<float>(weights.all().begin(), weights.all().end());
  };
  expected = weights_in(mpi::Communicator(MPI_COMM_SELF), 1);
  for (const std::int64_t buckets : bucket_counts)
    EXPECT_EQ(weights_in(comm, buckets), expected) << buckets << " buckets";
}

TEST(SlicedUpdate, ClipsToTheNormAndRefusesOneThatIsNotFinite) {
  const mpi::Communicator comm;
  Team team(2);
  const nn::OptimiserConfig config{.algorithm = nn::Algorithm::sgd};
  const Slices slices(parameters, comm.size(), 3);
  SlicedUpdate update(comm, team, config, slices, 2.0, slices.parameters());
  Weights weights(comm, team, slices, nn::Precision::fp32);
  std::vector<float> gradient(parameters, 3.0F);
  const SliceValues mine = slice_of(comm, slices, gradient);
  StepTimes times;
  take_tiles(update, comm, slices, gradient);
  ASSERT_TRUE(update.step(weights, mine, 1.0, 0.0, times));
  weights.share(times);
  double squares = 0.0;
  for (const float weight : weights.all()) squares += static_cast<double>(weight) * weight;
  EXPECT_NEAR(std::sqrt(squares), 2.0, 1e-5);
  const std::vector<float> before(weights.all().begin(), weights.all().end());
  if (comm.is_root()) gradient[5] = NAN;
  take_tiles(update, comm, slices, gradient);
  EXPECT_FALSE(update.step(weights, mine, 1.0, 0.0, times));
  EXPECT_TRUE(std::equal(before.begin(), before.end(), weights.all().begin()));
}
