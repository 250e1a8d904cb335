#include <colonnade/base/random.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/trainer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t inputs = 13, outputs = 5, steps_per_epoch = 6;

/// 331 columns made from their indices, and some for validation; column `changed` has one other
/// target.
ColumnSource source(std::int64_t changed = -1) {
  const auto read = [changed](const std::string& array, mpi::Range columns, std::span<float> rows) {
    const std::int64_t width = array == "x" ? inputs : outputs;
    for (std::int64_t i = 0; i < columns.size() * width; ++i) {
      const std::int64_t column = columns.begin + i / width, place = i % width;
      const auto number =
          static_cast<std::uint64_t>(column * 100 + place + (array == "x" ? 0 : 50));
      rows[static_cast<std::size_t>(i)] =
          static_cast<float>(base::Random(7, base::Purpose::test, number).uniform());
      if (array == "y" && column == changed && place == 2) rows[static_cast<std::size_t>(i)] += 1;
    }
  };
  return {inputs, outputs, {4, 335}, {340, 400}, read};
}

/// A network of five tiles, the last of them shared by three tensors; 7 lanes.
TrainerConfig config_of(nn::Algorithm algorithm = nn::Algorithm::adamw) {
  TrainerConfig config;
  config.shape = {.widths = {inputs, 128, 128, outputs}};
  config.optimiser.algorithm = algorithm;
  config.schedule.learning_rate = 0.01;
  config.clip_norm = 1.0;
  config.batch = 56;
  config.micro_batch = 8;
  config.epochs = 2;
  return config;
}

/// The hashes of every step.
std::vector<StepHashes> hashes_of(const TrainerConfig& config, const ColumnSource& columns,
                                  const mpi::Communicator& comm = mpi::Communicator()) {
  Trainer trainer(comm, config, columns, {});
  std::vector<StepHashes> hashes;
  trainer.run({.on_step = [&](auto) { hashes.push_back(trainer.hash_step()); }});
  return hashes;
}

std::vector<std::string> lines_of(const std::vector<StepHashes>& hashes) {
  std::vector<std::string> lines;
  for (const StepHashes& each : hashes) lines.push_back(hashes_line(each));
  return lines;
}

std::vector<StepHashes> alone(const TrainerConfig& config, const ColumnSource& columns) {
  return hashes_of(config, columns, mpi::Communicator(MPI_COMM_SELF));
}

/// The error of a run in which a bit of parameter `at` flips on rank `wrong` after step 3.
std::optional<mpi::AgreedError> error_of_flip(int wrong, std::size_t at, bool is_hashed) {
  const mpi::Communicator comm;
  Trainer trainer(comm, config_of(), source(), {});
  try {
    trainer.run({.on_step = [&](auto) {
      if (trainer.step_count() == 3 && comm.rank() == wrong) {
        // What a damaged memory does; no part of the program can.
        auto& weight = const_cast<float&>(trainer.weights()[at]);  // NOLINT
        weight = std::bit_cast<float>(std::bit_cast<std::uint32_t>(weight) ^ 1U);
      }
      if (is_hashed)
        trainer.hash_step();
      else
        trainer.expect_same_weights();
    }});
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(trainer.step_count(), 3);
    return error;
  }
  return std::nullopt;
}

}  // namespace

TEST(TensorHasher, HashesTensorsWhateverTheCuts) {
  const auto shape = config_of().shape;
  const TensorHasher hasher(shape);
  ASSERT_EQ(hasher.names().size(), 6U);
  EXPECT_EQ(hasher.names()[3], "layer2.bias");
  std::vector<float> values(nn::parameter_count(shape));
  std::iota(values.begin(), values.end(), 1.0F);
  const auto hashes = [&](const std::vector<std::int64_t>& cuts, int kind = 0) {
    TensorHashes sum(6);
    for (std::size_t c = 0; c + 1 < cuts.size(); ++c)
      hasher.add(
          cuts[c],
          std::span<const float>(values).subspan(static_cast<std::size_t>(cuts[c]),
                                                 static_cast<std::size_t>(cuts[c + 1] - cuts[c])),
          kind, sum);
    return sum;
  };
  const auto end = static_cast<std::int64_t>(values.size());
  const TensorHashes whole = hashes({0, end});
  EXPECT_EQ(hashes({0, tile_parameters, tile_parameters, 3 * tile_parameters, end, end}), whole);
  const TensorHashes other_kind = hashes({0, end}, 1);
  for (std::size_t t = 0; t < 6; ++t) EXPECT_NE(other_kind[t], whole[t]) << t;

  const auto layers = nn::layers(shape);
  for (std::size_t t = 0; t < 6; ++t) {
    const std::size_t first = t % 2 == 0 ? layers[t / 2].weight_offset : layers[t / 2].bias_offset;
    values[first] = -values[first];
    const TensorHashes changed = hashes({0, end});
    values[first] = -values[first];
    for (std::size_t u = 0; u < 6; ++u) EXPECT_EQ(changed[u] != whole[u], u == t) << t << ' ' << u;
  }
  std::swap_ranges(values.begin() + tile_parameters, values.begin() + 2 * tile_parameters,
                   values.begin() + 2 * tile_parameters);
  EXPECT_NE(hashes({0, end})[2], whole[2]) << "tiles of one tensor, exchanged";
}

TEST(StepHashes, AreTheSameOnAnyRanksAndThreads) {
  for (const auto algorithm : {nn::Algorithm::sgd, nn::Algorithm::momentum, nn::Algorithm::adamw}) {
    auto config = config_of(algorithm);
    const auto expected = lines_of(alone(config, source()));
    ASSERT_EQ(expected.size(), 2U * steps_per_epoch);
    for (const int threads : {1, 2, 4})
      for (const std::int64_t buckets : {1, 2, 5}) {
        config.threads = threads;
        config.buckets = buckets;
        EXPECT_EQ(lines_of(hashes_of(config, source())), expected)
            << threads << " threads, " << buckets << " buckets";
      }
  }
}

TEST(StepHashes, HoldEachColumnOnceAnEpoch) {
  const auto hashes = hashes_of(config_of(), source());
  std::uint64_t first = 0, second = 0;
  for (std::size_t s = 0; s < steps_per_epoch; ++s) {
    first += hashes[s].columns;
    second += hashes[s + steps_per_epoch].columns;
    EXPECT_NE(hashes[s].columns, hashes[s + steps_per_epoch].columns);
  }
  EXPECT_EQ(first, second);
}

TEST(StepHashes, TellWhereRunsPart) {
  auto config = config_of();
  const auto expected = hashes_of(config, source()).front();
  config.schedule.learning_rate *= 2;
  const auto faster = hashes_of(config, source()).front();
  EXPECT_EQ(faster.columns, expected.columns);
  EXPECT_EQ(faster.loss, expected.loss);
  EXPECT_EQ(faster.gradient, expected.gradient);
  EXPECT_EQ(faster.optimiser, expected.optimiser);
  EXPECT_NE(faster.weights, expected.weights);

  auto other_seed = config_of();
  other_seed.seed = 2;
  EXPECT_NE(hashes_of(other_seed, source()).front().columns, expected.columns);
  auto sgd = config_of(nn::Algorithm::sgd);
  EXPECT_EQ(hashes_of(sgd, source()).front().optimiser, TensorHashes(6));
}

TEST(StepHashes, SeeAValueThatChanged) {
  const auto expected = hashes_of(config_of(), source());
  const auto changed = hashes_of(config_of(), source(117));
  std::size_t steps = 0;
  for (std::size_t s = 0; s < steps_per_epoch; ++s)
    steps += changed[s].columns != expected[s].columns ? 1 : 0;
  EXPECT_EQ(steps, 1U) << "of an epoch, the one that takes the column";
}

TEST(Replicas, NameTheRankThatDiffers) {
  const mpi::Communicator comm;
  const std::size_t last = nn::parameter_count(config_of().shape) - 1;
  for (int wrong = 0; wrong < comm.size(); ++wrong) {
    for (const bool is_hashed : {false, true}) {
      const auto error = error_of_flip(wrong, last, is_hashed);
      ASSERT_EQ(error.has_value(), comm.size() > 1);
      if (!error) continue;
      EXPECT_EQ(error->kind(), base::ErrorKind::internal);
      EXPECT_EQ(error->facts().value, "layer3.bias");
      EXPECT_EQ(error->facts().phase, "self-check");
      EXPECT_EQ(error->sentence(), comm.size() == 2
                                       ? "after step 3 ranks 0 and 1 hold different weights"
                                       : "after step 3 rank " + std::to_string(wrong) +
                                             " holds other weights than the rest");
    }
  }
}

TEST(HashesLine, HasACellForEachNameOfTheHead) {
  const auto config = config_of();
  const std::string head = hashes_head(config.shape);
  const std::string line = hashes_line(hashes_of(config, source()).at(7));
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), 6 + 3 * 6);
  EXPECT_EQ(std::count(line.begin(), line.end(), ','), 6 + 3 * 6);
  EXPECT_EQ(line.rfind("8,2,", 0), 0U) << line;
  EXPECT_NE(head.find(",columns,loss,gradient,weights,optimiser,gradient.layer1.weight,"),
            std::string::npos);
}
