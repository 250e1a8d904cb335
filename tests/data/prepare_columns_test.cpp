// No column is lost or doubled, and each keeps its values: formats x files x shards, at each number
// of ranks.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

namespace colonnade::data {
namespace {

using test::RawFormat;

constexpr std::int64_t columns = 97;
const std::vector<std::vector<std::int64_t>> file_counts = {
    {97}, {50, 47}, {1, 95, 1}, {20, 30, 40, 7}};

/// Rows of this rank's share that equal the raw columns they name.
std::int64_t right_rows(const mpi::Communicator& comm, const PreparedFile& file,
                        const PrepareOptions& options) {
  const auto mine = mpi::share(file.columns(), comm.size(), comm.rank());
  const auto sources = file.source_columns(mine);
  std::vector<float> x(sources.size() * 20), y(sources.size() * 7);
  file.read_rows("x", mine, x);
  file.read_rows("y", mine, y);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto inputs = raw_row(options.inputs, sources[i]),
               targets = raw_row(options.targets, sources[i]);
    right +=
        std::equal(inputs.begin(), inputs.end(), x.begin() + static_cast<long>(20 * i)) &&
                std::equal(targets.begin(), targets.end(), y.begin() + static_cast<long>(7 * i))
            ? 1
            : 0;
  }
  return right;
}

/// Prepares and checks all columns; returns how many were compared.
std::int64_t check_columns(const mpi::Communicator& comm, const PrepareOptions& options) {
  const auto report = prepare(comm, options, no_progress);
  EXPECT_EQ(report.columns, columns);
  const auto file = PreparedFile::open(comm, options.out);
  const std::int64_t right = comm.sum(right_rows(comm, file, options));
  auto sources = file.source_columns({0, columns});
  std::vector<std::int64_t> in_order(static_cast<std::size_t>(columns));
  std::iota(in_order.begin(), in_order.end(), 0);
  EXPECT_EQ(sources == in_order, !options.shuffle);
  std::sort(sources.begin(), sources.end());
  EXPECT_EQ(sources, in_order) << "source_column is a permutation";
  EXPECT_EQ(right, columns);
  return right;
}

class PrepareColumns : public testing::TestWithParam<RawFormat> {
 protected:
  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
};

TEST_P(PrepareColumns, ArePermutedWithTheirValues) {
  std::int64_t compared = 0;
  for (const auto& counts : file_counts) {
    const auto files = make_raw_set(comm_, folder_ / "raw", GetParam(), counts);
    for (const std::int64_t shard : {1, 7, 40, 160}) {
      SCOPED_TRACE(testing::Message() << files.size() << " files, shards of " << shard);
      auto options = small_options(files, folder_ / "out.h5");
      options.shard_columns = shard;
      compared += check_columns(comm_, options);
    }
  }
  EXPECT_EQ(compared, 4 * 4 * columns);
}

TEST_P(PrepareColumns, KeepTheirOrderWithoutShuffle) {
  const auto files = make_raw_set(comm_, folder_ / "raw", GetParam(), {20, 30, 40, 7});
  auto options = small_options(files, folder_ / "out.h5");
  options.shuffle = false;
  EXPECT_EQ(check_columns(comm_, options), columns);
}

TEST_P(PrepareColumns, ArePermutedInTwoPassesToo) {
  const auto files = make_raw_set(comm_, folder_ / "raw", GetParam(), {50, 47});
  for (const std::int64_t shard : {1, 7, 160}) {
    auto options = small_options(files, folder_ / "out.h5");
    options.shard_columns = shard;
    options.memory_bytes = 1;
    EXPECT_EQ(plan_prepare(comm_, options).reads, 2);
    EXPECT_EQ(check_columns(comm_, options), columns);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, PrepareColumns,
                         testing::Values(RawFormat::netcdf4, RawFormat::deflated, RawFormat::cdf1,
                                         RawFormat::cdf2, RawFormat::cdf5, RawFormat::plain_hdf5));

TEST(PrepareFewColumns, OneColumnOnAnyNumberOfRanks) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  auto options =
      small_options(make_raw_set(comm, folder / "raw", RawFormat::netcdf4, {1}), folder / "out.h5");
  prepare(comm, options, no_progress);
  const auto file = PreparedFile::open(comm, options.out);
  EXPECT_EQ(all_rows(file, "x"), raw_row(options.inputs, 0));
  EXPECT_EQ(file.source_columns({0, 1}), std::vector<std::int64_t>{0});
}

}  // namespace
}  // namespace colonnade::data
