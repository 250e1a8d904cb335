#include <colonnade/base/random.hpp>
#include <colonnade/train/bootstrap.hpp>
#include <colonnade/train/error_sums.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace {

// Blocks of 4 in sources from 100 on; columns are every third source, so that blocks hold 1 or 2,
// and those of 148 to 172 hold none.
constexpr mpi::Range sources{100, 220};
constexpr std::int64_t block_columns = 4;
constexpr std::size_t quantities = 6, piece_columns = 5;
const std::vector<data::FeatureRun> variables{
    {"a", "K", 0, 3}, {"b", "K", 3, 2}, {"silent", "K", 5, 1}};
const std::vector<float> centres{10.0F, 10.5F, 11.0F, 0.0F, 0.0F, 0.0F};
const std::vector<double> weights{1.0, 3.0, 0.0};
const BootstrapOptions options{.replicates = 37, .confidence = 0.9, .block_columns = 0, .seed = 5};

/// In an order as after a shuffle.
std::vector<std::int64_t> columns() {
  std::vector<std::int64_t> all;
  for (std::int64_t source = sources.begin; source < sources.end; source += 3)
    if (source < 148 || source >= 172) all.push_back(source);
  std::stable_sort(all.begin(), all.end(),
                   [](std::int64_t a, std::int64_t b) { return a * 7 % 31 < b * 7 % 31; });
  return all;
}

float truth_of(std::int64_t source, std::size_t q) {
  if (q == 5) return 0.0F;
  return centres[q] +
         static_cast<float>(std::sin(0.3 * static_cast<double>(source) + static_cast<double>(q)));
}

float model_of(std::int64_t source, std::size_t q) {
  return truth_of(source, q) + 0.2F * static_cast<float>(std::cos(static_cast<double>(source * 5) +
                                                                  static_cast<double>(q)));
}

Bootstrap bootstrap_on(const mpi::Communicator& comm) {
  BlockSums sums(comm, sources, block_columns, variables, centres);
  const auto all = columns();
  const auto ranks = static_cast<std::size_t>(comm.size());
  for (std::size_t first = 0; first < all.size(); first += ranks * piece_columns) {
    std::vector<std::int64_t> mine;
    std::vector<float> truth, model;
    const std::size_t begin = first + static_cast<std::size_t>(comm.rank()) * piece_columns;
    for (std::size_t c = begin; c < std::min(all.size(), begin + piece_columns); ++c) {
      mine.push_back(all[c]);
      for (std::size_t q = 0; q < quantities; ++q) {
        truth.push_back(truth_of(all[c], q));
        model.push_back(model_of(all[c], q));
      }
    }
    sums.add_round(mine, truth, model);
  }
  return sums.result(options, weights);
}

/// Errors of some quantities of columns, in one pass over them; deviations from each mean.
QuantityErrors plain_errors(const std::vector<std::int64_t>& drawn, const data::FeatureRun& run) {
  QuantityErrors errors;
  errors.predictors.resize(1);
  for (std::size_t q = run.first; q < run.first + run.count; ++q) {
    double mean = 0.0;
    for (const auto source : drawn) mean += truth_of(source, q) / static_cast<double>(drawn.size());
    for (const auto source : drawn) {
      const double truth = truth_of(source, q), error = model_of(source, q) - truth;
      errors.count += 1;
      errors.truth_absolute += std::abs(truth);
      errors.truth_squares += (truth - mean) * (truth - mean);
      errors.predictors[0].squared += error * error;
      errors.predictors[0].absolute += std::abs(error);
      errors.predictors[0].plain += error;
    }
  }
  return errors;
}

/// The columns of one replicate.
std::vector<std::int64_t> draw(std::int64_t replicate) {
  std::vector<std::vector<std::int64_t>> blocks;
  for (std::int64_t first = sources.begin; first < sources.end; first += block_columns) {
    std::vector<std::int64_t> block;
    for (const auto source : columns())
      if (first <= source && source < first + block_columns) block.push_back(source);
    if (!block.empty()) blocks.push_back(block);
  }
  base::Random random(options.seed, base::Purpose::bootstrap,
                      static_cast<std::uint64_t>(replicate));
  std::vector<std::int64_t> drawn;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& block =
        blocks[static_cast<std::size_t>(random.uniform() * static_cast<double>(blocks.size()))];
    drawn.insert(drawn.end(), block.begin(), block.end());
  }
  return drawn;
}

using Metric = double (QuantityErrors::*)(std::size_t) const;

void expect_interval(const Interval& found, Metric metric, std::size_t v) {
  std::vector<double> values;
  for (std::int64_t replicate = 0; replicate < options.replicates; ++replicate) {
    const auto drawn = draw(replicate);
    std::vector<QuantityErrors> errors;
    for (const auto& run : variables) errors.push_back(plain_errors(drawn, run));
    errors.push_back(pooled(errors, weights));
    values.push_back((errors[v].*metric)(0));
  }
  std::sort(values.begin(), values.end());
  // Places 0.05 * 36 and 0.95 * 36.
  EXPECT_NEAR(found.low, values[1] + 0.8 * (values[2] - values[1]), 1e-9);
  EXPECT_NEAR(found.high, values[34] + 0.2 * (values[35] - values[34]), 1e-9);
  EXPECT_LT(found.low, found.high);
}

TEST(BlockSums, GiveTheIntervalsOfColumnsDrawnInBlocks) {
  const auto found = bootstrap_on(mpi::Communicator());
  EXPECT_EQ(found.blocks, 24);
  EXPECT_EQ(found.options.block_columns, block_columns);
  ASSERT_EQ(found.variables.size(), 3U);
  for (const std::size_t v : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    SCOPED_TRACE(v);
    const auto& of = v == 3 ? found.all_targets : found.variables[v];
    expect_interval(of.mae, &QuantityErrors::mae, v);
    expect_interval(of.percent, &QuantityErrors::percent, v);
    expect_interval(of.rmse, &QuantityErrors::rmse, v);
    expect_interval(of.bias, &QuantityErrors::bias, v);
    expect_interval(of.r2, &QuantityErrors::r2, v);
  }
}

TEST(BlockSums, DoNotKnowWhatASilentTruthDoesNotDefine) {
  const auto found = bootstrap_on(mpi::Communicator());
  EXPECT_TRUE(std::isnan(found.variables[2].percent.low));
  EXPECT_TRUE(std::isnan(found.variables[2].r2.high));
  EXPECT_GT(found.variables[2].mae.low, 0.0);
}

TEST(BlockSums, GiveTheBitsOfOneRank) {
  const auto together = bootstrap_on(mpi::Communicator());
  const auto alone = bootstrap_on(mpi::Communicator(MPI_COMM_SELF));
  for (std::size_t v = 0; v < 2; ++v) {
    EXPECT_EQ(together.variables[v].mae.low, alone.variables[v].mae.low);
    EXPECT_EQ(together.variables[v].r2.high, alone.variables[v].r2.high);
    EXPECT_EQ(together.variables[v].bias.low, alone.variables[v].bias.low);
  }
  EXPECT_EQ(together.all_targets.rmse.high, alone.all_targets.rmse.high);
}

TEST(BlockSums, TakeBlocksOf32ColumnsOrMakeFewer) {
  EXPECT_EQ(default_block_columns({0, 300}), 32);
  EXPECT_EQ(default_block_columns({5, 16389}), 32);
  EXPECT_EQ(default_block_columns({0, 1'000'000}), 1954);
}

}  // namespace
