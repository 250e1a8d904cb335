// Columns that do not fit in memory are streamed, with the bits of columns in memory.
#include <colonnade/base/hash.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/trainer.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

constexpr std::int64_t inputs = 13, outputs = 5;
constexpr mpi::Range train_split{4, 1008}, validation_split{1010, 1075};

float value(const std::string& array, std::int64_t column, std::int64_t place) {
  const auto uniform = [&](std::int64_t i) {
    return 2 * base::Random(7, base::Purpose::test, static_cast<std::uint64_t>(column * 100 + i))
                   .uniform() -
           1;
  };
  return static_cast<float>(array == "x" ? uniform(place)
                                         : std::sin(2 * uniform(place)) * uniform(place + 1));
}

void make_rows(const std::string& array, mpi::Range columns, std::span<float> rows) {
  const std::int64_t width = array == "x" ? inputs : outputs;
  ASSERT_EQ(static_cast<std::int64_t>(rows.size()), columns.size() * width);
  for (std::int64_t column = columns.begin; column < columns.end; ++column)
    for (std::int64_t i = 0; i < width; ++i)
      rows[static_cast<std::size_t>((column - columns.begin) * width + i)] =
          value(array, column, i);
}

/// Columns made from their indices; `on_read` hears of each read of inputs by one rank alone.
ColumnSource source(std::function<void(mpi::Range columns)> on_read = [](mpi::Range) {}) {
  return {.inputs = inputs,
          .outputs = outputs,
          .train = train_split,
          .validation = validation_split,
          .read = make_rows,
          .reader = [on_read](mpi::Range own) -> ReadRows {
            return [on_read, own](const std::string& array, mpi::Range columns,
                                  std::span<float> rows) {
              EXPECT_EQ(mpi::intersection(own, columns), columns) << "of the reader's own columns";
              if (array == "x") on_read(columns);
              make_rows(array, columns, rows);
            };
          }};
}

/// 1004 columns in 7 lanes of 143 and 144: 9 windows of 16 columns, 36 steps.
TrainerConfig config_of(nn::Precision precision, int threads) {
  TrainerConfig config;
  config.shape = {.widths = {inputs, 24, outputs}};
  config.precision = precision;
  config.optimiser.algorithm = nn::Algorithm::adamw;
  config.schedule.learning_rate = 0.01;
  config.batch = 28;
  config.micro_batch = 4;
  config.epochs = 3;
  config.threads = threads;
  return config;
}

base::Error refusal(TrainerConfig config, std::int64_t bytes, int ranks) {
  config.memory_bytes = bytes;
  try {
    plan_memory(config, source(), ranks);
  } catch (const base::Error& error) {
    return error;
  }
  return {base::ErrorKind::internal, ""};
}

/// The least memory with which a run is possible.
std::int64_t least_bytes(const TrainerConfig& config, int ranks) {
  std::int64_t refused = 1, enough = plan_memory(config, source(), ranks).bytes;
  while (enough - refused > 1) {
    const std::int64_t middle = refused + (enough - refused) / 2;
    (refusal(config, middle, ranks).kind() == base::ErrorKind::usage ? refused : enough) = middle;
  }
  return enough;
}

struct Outcome {
  std::uint64_t weights = 0;
  std::vector<double> losses;         ///< of training and validation
  std::vector<std::uint64_t> hashes;  ///< of the columns of every step
  bool operator==(const Outcome&) const = default;
};

Outcome run(Trainer& trainer) {
  Outcome outcome;
  trainer.run({.on_epoch =
                   [&](const EpochReport& report) {
                     outcome.losses.insert(outcome.losses.end(),
                                           {report.train_loss, report.validation_loss});
                   },
               .on_step =
                   [&](std::span<const std::uint32_t>) {
                     outcome.hashes.push_back(trainer.hash_step().columns);
                   }});
  outcome.weights = base::hash_values(trainer.weights());
  return outcome;
}

class LaneStream : public testing::TestWithParam<nn::Precision> {
 protected:
  void SetUp() override {
    if (!nn::is_native(GetParam()))
      GTEST_SKIP() << "NOT SHOWN: this processor does not multiply in bf16";
  }
  [[nodiscard]] TrainerConfig streamed(int threads) const {
    auto config = config_of(GetParam(), threads);
    config.memory_bytes = least_bytes(config, comm_.size());
    return config;
  }
  [[nodiscard]] Outcome alone_in_memory() const {
    Trainer trainer(mpi::Communicator(MPI_COMM_SELF), config_of(GetParam(), 1), source(), {});
    EXPECT_FALSE(trainer.memory().streams_training);
    return run(trainer);
  }
  mpi::Communicator comm_;
};

TEST_P(LaneStream, HasTheBitsOfColumnsInMemory) {
  const Outcome expected = alone_in_memory();
  ASSERT_EQ(expected.hashes.size(), 3U * 36);
  for (const int threads : {1, 2, 3}) {
    std::atomic<std::int64_t> trained = 0, validated = 0, longest = 0;
    const auto count = [&](mpi::Range columns) {
      (train_split.contains(columns.begin) ? trained : validated) += columns.size();
      longest = std::max(longest.load(), columns.size());
    };
    Trainer trainer(comm_, streamed(threads), source(count), {});
    ASSERT_TRUE(trainer.memory().streams_training && trainer.memory().streams_validation);
    ASSERT_EQ(run(trainer), expected) << threads << " threads";
    EXPECT_EQ(comm_.sum(trained), 3 * train_split.size()) << "each column is read once an epoch";
    EXPECT_EQ(comm_.sum(validated), 3 * validation_split.size());
    EXPECT_GE(longest, comm_.size() > 7 ? 0 : 4);
    EXPECT_LE(longest, Lanes::run_columns);
  }
}

TEST_P(LaneStream, HasThemWhateverIsSlow) {
  const Outcome expected = alone_in_memory();
  const auto wait = [](mpi::Range columns) {
    if (columns.begin % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
  };
  Trainer slow_disc(comm_, streamed(2), source(wait), {});
  EXPECT_EQ(run(slow_disc), expected);
}

TEST_P(LaneStream, GoesOnFromAnyStep) {
  Trainer straight(mpi::Communicator(MPI_COMM_SELF), config_of(GetParam(), 1), source(), {});
  std::vector<TrainingState> states{straight.state()};
  straight.run(
      {.on_step = [&](std::span<const std::uint32_t>) { states.push_back(straight.state()); }});
  int resumed = 0;
  for (std::size_t s = 0; s < states.size(); s += 5, ++resumed) {
    std::atomic<std::int64_t> trained = 0;
    const auto count = [&](mpi::Range columns) {
      if (train_split.contains(columns.begin)) trained += columns.size();
    };
    Trainer trainer(comm_, streamed(1 + static_cast<int>(s % 2)), source(count), {});
    trainer.restore(states[s]);
    trainer.run({});
    ASSERT_EQ(base::hash_values(trainer.weights()), base::hash_values(straight.weights()))
        << "from step " << s;
    const auto windows_left = 27 - static_cast<std::int64_t>(s) / 4;
    EXPECT_LE(comm_.sum(trained), windows_left * 7 * 16) << "no window before the step is read";
  }
  EXPECT_EQ(resumed, 22);
}

TEST_P(LaneStream, EndsAllRanksWhereAColumnCannotBeRead) {
  const Lanes lanes(train_split.size(), 28, 4, 1);
  int ended = 0;
  for (const std::int64_t column : {4, 500, 1007}) {
    const auto fail = [&](mpi::Range columns) {
      if (columns.contains(column))
        throw base::Error(base::ErrorKind::data, "the row was damaged", {.column = column});
    };
    Trainer trainer(comm_, streamed(2), source(fail), {});
    const auto error = [&]() -> base::Error {
      try {
        trainer.run({});
      } catch (const mpi::AgreedError& agreed) {
        return agreed;
      }
      return {base::ErrorKind::internal, "no error"};
    }();
    EXPECT_EQ(error.kind(), base::ErrorKind::data);
    EXPECT_EQ(error.facts().column, column);
    EXPECT_EQ(error.facts().phase, "training step");
    // Its window's first step is the one that fails, however far ahead it was read.
    std::int64_t window = 0;
    std::vector<std::int64_t> chosen;
    for (std::int64_t step = 0; step < lanes.steps_per_epoch(); ++step)
      for (std::int64_t lane = 0; lane < lanes.count(); ++lane) {
        lanes.select(0, step, lane, chosen);
        for (const auto each : chosen)
          if (each + train_split.begin == column) window = step / Lanes::window_steps;
      }
    EXPECT_EQ(trainer.step_count(), window * Lanes::window_steps) << column;
    ++ended;
  }
  EXPECT_EQ(ended, 3);
}

TEST_P(LaneStream, EndsAllRanksWhereAValidationColumnCannotBeRead) {
  const auto fail = [](mpi::Range columns) {
    if (columns.contains(1070))
      throw base::Error(base::ErrorKind::storage, "cannot read the variable");
  };
  Trainer trainer(comm_, streamed(2), source(fail), {});
  try {
    trainer.run({});
    FAIL() << "no error";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().phase, "validation");
  }
}

INSTANTIATE_TEST_SUITE_P(In, LaneStream, testing::Values(nn::Precision::fp32, nn::Precision::bf16),
                         [](const auto& info) { return std::string(nn::name_of(info.param)); });

TEST(MemoryPlan, TakesTheWayThatFits) {
  int ways = 0;
  for (const auto precision : {nn::Precision::fp32, nn::Precision::bf16}) {
    for (const int ranks : {1, 2, 3, 7, 9}) {
      auto config = config_of(precision, 2);
      const MemoryPlan held = plan_memory(config, source(), ranks);
      EXPECT_FALSE(held.streams_training || held.streams_validation);
      const std::int64_t least = least_bytes(config, ranks);
      ASSERT_LT(least, held.bytes);
      std::int64_t before = 0;
      for (std::int64_t bytes = least; bytes <= held.bytes; ++bytes) {
        config.memory_bytes = bytes;
        const MemoryPlan plan = plan_memory(config, source(), ranks);
        ASSERT_LE(plan.bytes, bytes);
        ASSERT_EQ(plan.streams_training, bytes < held.bytes);
        if (plan.bytes != before) ++ways;
        before = plan.bytes;
      }
      EXPECT_EQ(before, held.bytes);
      const auto error = refusal(config, least - 1, ranks);
      EXPECT_NE(error.facts().hint.find("use --memory "), std::string::npos);
    }
  }
  EXPECT_GE(ways, 2 * 5 * 2);
}

}  // namespace
