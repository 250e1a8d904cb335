// The content hash depends on columns, order and recipe alone.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace colonnade::data {
namespace {

using test::RawFormat;

class PrepareContent : public testing::Test {
 protected:
  [[nodiscard]] PrepareOptions options(const std::vector<std::string>& files) const {
    auto options = small_options(files, folder_ / "out.h5");
    options.normalisation = Normalisation::zscore;
    return options;
  }
  /// Prepares, and checks that the file says what the report says.
  [[nodiscard]] std::string content(const PrepareOptions& options) const {
    const auto report = prepare(comm_, options, no_progress);
    const auto file = PreparedFile::open(comm_, options.out);
    EXPECT_EQ(file.content(), report.content);
    EXPECT_EQ(file.recipe(), report.recipe);
    file.verify();
    return report.content;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> files_ = make_raw_set(comm_, folder_ / "one", RawFormat::netcdf4, {97});
  std::string expected_ = content(options(files_));
};

TEST_F(PrepareContent, IsTheSameOnFewerRanks) {
  for (int ranks = 1; ranks < comm_.size(); ++ranks) {
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(comm_.handle(), comm_.rank() < ranks ? 0 : 1, 0, &part);
    if (comm_.rank() < ranks) {
      for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30}) {
        auto fewer = options(files_);
        fewer.memory_bytes = memory;
        EXPECT_EQ(prepare(mpi::Communicator(part), fewer, no_progress).content, expected_)
            << ranks << " ranks";
      }
    }
    MPI_Comm_free(&part);
  }
  EXPECT_EQ(expected_.size(), 16U);
}

TEST_F(PrepareContent, IsTheSameInSeveralPasses) {
  std::int64_t most = 0;
  for (const bool drops : {false, true})
    for (const std::int64_t parts : {2, 3, 4}) {
      auto other = options(files_);
      other.shard_columns = 1;
      other.drop_constant = drops;
      const auto at_once = prepare(comm_, other, no_progress);
      const auto one = plan_prepare(comm_, other);
      EXPECT_EQ(one.passes, 1);
      other.memory_bytes = static_cast<std::uint64_t>(one.share_bytes / parts + 200);
      const auto plan = plan_prepare(comm_, other);
      EXPECT_TRUE(plan.in_memory);
      most = std::max(most, plan.passes);
      EXPECT_EQ(plan.reads, plan.passes + (drops ? 1 : 0));
      EXPECT_EQ(content(other), at_once.content) << plan.passes << " passes";
      other.npy = true;
      other.out = folder_ / "parts";
      other.force = true;
      const auto stack = prepare(comm_, other, no_progress);
      EXPECT_EQ(stack.content, at_once.content);
      EXPECT_EQ(stack.bytes_read, plan.reads * at_once.bytes_read / one.reads);
    }
  EXPECT_EQ(most, 4);
}

/// Enough columns for several rounds of each pass, of which every other goes backwards.
TEST_F(PrepareContent, IsTheSameInSeveralPassesOverManyPieces) {
  for (const auto format : {RawFormat::netcdf4, RawFormat::deflated}) {
    auto many = options(make_raw_set(comm_, folder_ / "many", format, {3'000, 5'000, 4'000}));
    const auto at_once = content(many);
    for (const std::int64_t parts : {2, 4}) {
      many.memory_bytes =
          static_cast<std::uint64_t>(plan_prepare(comm_, many).share_bytes / parts + 2'000);
      EXPECT_EQ(plan_prepare(comm_, many).passes, parts);
      EXPECT_EQ(content(many), at_once) << parts << " passes";
    }
  }
}

TEST_F(PrepareContent, IsTheSameForAnyShardSizeInMemoryOrOnDisc) {
  for (const std::int64_t shard : {1, 5, 160})
    for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30}) {
      auto other = options(files_);
      other.shard_columns = shard;
      other.memory_bytes = memory;
      EXPECT_EQ(content(other), expected_) << "shards of " << shard << ", memory " << memory;
    }
}

TEST_F(PrepareContent, IsTheSameForAnyFilesOfTheSameColumns) {
  for (const auto format : {RawFormat::netcdf4, RawFormat::deflated, RawFormat::cdf5})
    for (const std::vector<std::int64_t>& counts :
         {std::vector<std::int64_t>{97}, {1, 96}, {30, 30, 30, 7}}) {
      const auto files = make_raw_set(comm_, folder_ / "other", format, counts);
      EXPECT_EQ(content(options(files)), expected_) << counts.size() << " files";
    }
}

TEST_F(PrepareContent, IsTheSameInAnNpyStack) {
  auto stack = options(files_);
  stack.npy = true;
  stack.out = folder_ / "stack";
  EXPECT_EQ(prepare(comm_, stack, no_progress).content, expected_);
}

TEST_F(PrepareContent, DiffersForOtherColumnsOrdersSplitsAndRecipes) {
  auto seed = options(files_), order = options(files_), split = options(files_),
       scale = options(files_), inputs = options(files_);
  seed.shuffle_seed = 2;
  order.shuffle = false;
  split.split = {0.7, 0.2, 0.1};
  scale.normalisation = Normalisation::none;
  inputs.inputs.pop_back();
  for (const auto& other : {seed, order, split, scale, inputs})
    EXPECT_NE(content(other), expected_);
  mpi::agreed_on_root(comm_, "poke", [&] { test::poke(files_.front(), "flux", 11, 2, 0.5); });
  EXPECT_NE(content(options(files_)), expected_);
}

TEST_F(PrepareContent, DiffersForAnotherOrderOfTheSameTrainingColumns) {
  auto one = options(files_);
  one.split = {1.0, 0.0, 0.0};
  auto two = one, unshuffled = one;
  two.shuffle_seed = 2;
  unshuffled.shuffle = false;
  const auto content_one = content(one);
  const auto recipe = PreparedFile::open(comm_, one.out).recipe();
  for (const auto& other : {two, unshuffled}) {
    EXPECT_NE(content(other), content_one);
    EXPECT_EQ(PreparedFile::open(comm_, other.out).recipe(), recipe) << "the order alone differs";
  }
}

}  // namespace
}  // namespace colonnade::data
