// Columns and networks that are small and yet ragged, for tests of the trainer.
#pragma once

#include <colonnade/base/hash.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/train/trainer.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace colonnade::train::samples {

inline constexpr std::int64_t inputs = 13, outputs = 5;

/// A number in [0, 1) of a column and a place in it.
inline double uniform(std::int64_t column, std::int64_t place) {
  return base::Random(7, base::Purpose::test, static_cast<std::uint64_t>(column * 100 + place))
      .uniform();
}

inline double input(std::int64_t column, std::int64_t i) {
  return 2 * uniform(column, i) - 1;
}

inline double target(std::int64_t column, std::int64_t o) {
  return std::sin(2 * input(column, o)) * input(column, o + 1) + 0.1 * static_cast<double>(o);
}

/// Columns made from their indices; `nan_column` holds no numbers.
inline ColumnSource source(mpi::Range train, mpi::Range validation, std::int64_t nan_column = -1) {
  const auto read = [nan_column](const std::string& array, mpi::Range columns,
                                 std::span<float> rows) {
    const std::int64_t width = array == "x" ? inputs : outputs;
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()), columns.size() * width);
    for (std::int64_t column = columns.begin; column < columns.end; ++column)
      for (std::int64_t i = 0; i < width; ++i)
        rows[static_cast<std::size_t>((column - columns.begin) * width + i)] =
            column == nan_column
                ? NAN
                : static_cast<float>(array == "x" ? input(column, i) : target(column, i));
  };
  return {inputs, outputs, train, validation, read};
}

inline TrainerConfig config_of(nn::Algorithm algorithm) {
  TrainerConfig config;
  config.shape = {.widths = {inputs, 24, 24, outputs}};
  config.optimiser.algorithm = algorithm;
  config.schedule.learning_rate = algorithm == nn::Algorithm::adamw ? 0.01 : 0.05;
  config.batch = 56;
  config.micro_batch = 8;
  config.epochs = 3;
  return config;
}

struct Outcome {
  std::string hash;
  TrainResult result;
  std::vector<EpochReport> epochs;
};

inline Outcome outcome_of(const TrainerConfig& config, const ColumnSource& source,
                          const mpi::Communicator& comm = mpi::Communicator()) {
  Trainer trainer(comm, config, source, {});
  Outcome outcome;
  outcome.result = trainer.run(
      {.on_epoch = [&](const EpochReport& report) { outcome.epochs.push_back(report); }});
  outcome.hash = base::hex(base::hash_values(trainer.weights()));
  return outcome;
}

inline void expect_equal(const Outcome& one, const Outcome& other) {
  EXPECT_EQ(one.hash, other.hash);
  EXPECT_EQ(one.result.best_epoch, other.result.best_epoch);
  EXPECT_EQ(one.result.best_loss, other.result.best_loss);
  ASSERT_EQ(one.epochs.size(), other.epochs.size());
  for (std::size_t e = 0; e < one.epochs.size(); ++e) {
    EXPECT_EQ(one.epochs[e].train_loss, other.epochs[e].train_loss);
    EXPECT_EQ(one.epochs[e].validation_loss, other.epochs[e].validation_loss);
    EXPECT_EQ(one.epochs[e].learning_rate, other.epochs[e].learning_rate);
  }
}

/// Runs `config` on all ranks with 1, 2 and 4 threads, and compares each with one rank alone.
inline Outcome expect_same_bits(TrainerConfig config, const ColumnSource& columns) {
  const Outcome alone = outcome_of(config, columns, mpi::Communicator(MPI_COMM_SELF));
  for (const int threads : {1, 2, 4}) {
    config.threads = threads;
    expect_equal(outcome_of(config, columns), alone);
  }
  return alone;
}

}  // namespace colonnade::train::samples
