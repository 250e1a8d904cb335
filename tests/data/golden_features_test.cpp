// Replays every golden/features_NAME.h5: the prepared columns of data/3dcorrection_NAME.nc, bit for
// bit.
#include "data/golden_files.hpp"
#include "data/golden_statistics.hpp"
#include "temporary_folder.hpp"

#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

#include <cstring>

namespace colonnade::data {
namespace {

/// Compares this rank's share of one array, value by value; returns how many were equal.
std::int64_t equal_values(const mpi::Communicator& comm, const PreparedFile& prepared,
                          const io::Hdf5File& reference, const std::string& array) {
  const auto width = prepared.recipe().array(array).places.size();
  const auto mine = mpi::share(prepared.columns(), comm.size(), comm.rank());
  std::vector<float> rows(static_cast<std::size_t>(mine.size()) * width), expected(rows.size());
  prepared.read_rows(array, mine, rows);
  reference.read_rows(prepared.recipe().layout + "/" + array, mine, std::span(expected));
  std::int64_t equal = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    equal += std::memcmp(&rows[i], &expected[i], sizeof(float)) == 0 ? 1 : 0;
  return equal;
}

void replay(const mpi::Communicator& comm, const PrepareOptions& options,
            const io::Hdf5File& reference, const std::vector<std::string>& arrays) {
  const auto report = prepare(comm, options, no_progress);
  const auto prepared = PreparedFile::open(comm, options.out);
  ASSERT_EQ(prepared.recipe().arrays.size(), arrays.size());
  for (const auto& array : arrays) {
    const auto shape = reference.shape(options.layout + "/" + array);
    ASSERT_EQ(prepared.columns(), shape.front());
    const auto& row = prepared.recipe().array(array).shape;
    ASSERT_EQ(row, std::vector<std::int64_t>(shape.begin() + 1, shape.end()));
    std::int64_t values = 1;
    for (const auto length : shape) values *= length;
    EXPECT_EQ(comm.sum(equal_values(comm, prepared, reference, array)), values) << array;
  }
  const auto all = prepared.split("train");
  EXPECT_EQ(all.size(), report.columns);
}

class GoldenFeatures : public testing::TestWithParam<std::int64_t> {
 protected:
  void replay_layout(const std::string& layout, const std::vector<std::string>& arrays) const {
    COLONNADE_GOLDEN_PAIRS(pairs, "features");
    for (const auto& pair : pairs) {
      SCOPED_TRACE(pair.name);
      auto options = golden::plain_options(pair.raw, folder_ / "out.h5");
      options.layout = layout;
      options.shard_columns = GetParam();
      replay(comm_, options, io::Hdf5File::open(pair.reference), arrays);
    }
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
};

TEST_P(GoldenFeatures, FlatLayoutIsExact) {
  replay_layout("flat", {"x", "y"});
}

TEST_P(GoldenFeatures, LevelsLayoutIsExact) {
  replay_layout("levels", {"x", "y", "edge"});
}

INSTANTIATE_TEST_SUITE_P(Shards, GoldenFeatures, testing::Values(1, 7, 16, 160));

TEST(GoldenFeatures, StatisticsAndConstantFeaturesAreThoseOfNumpy) {
  COLONNADE_GOLDEN_PAIRS(pairs, "features");
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    const auto report =
        prepare(comm, golden::plain_options(pair.raw, folder / "out.h5"), no_progress);
    const auto reference = io::Hdf5File::open(pair.reference);
    std::size_t compared = 0;
    for (const char* array : {"x", "y"})
      compared += golden::compare_statistics(reference, array,
                                             report.recipe.array(array).encoding.statistics);
    EXPECT_EQ(compared, 4U * (4128U + 552U));
    EXPECT_EQ(golden::unchanging(report.recipe.array("x").encoding.statistics),
              reference.read_all<std::int64_t>("flat/constant"));
  }
}

}  // namespace
}  // namespace colonnade::data
