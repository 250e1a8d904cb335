// Replays every golden/moments_NAME.h5: statistics of data/3dcorrection_NAME.nc.
#include "data/golden_files.hpp"
#include "data/golden_statistics.hpp"
#include "temporary_folder.hpp"

#include <colonnade/data/inspect.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

namespace colonnade::data {
namespace {

TEST(GoldenMoments, OfAPreparedFile) {
  COLONNADE_GOLDEN_PAIRS(pairs, "moments");
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    const auto out = folder / "out.h5";
    prepare(comm, golden::plain_options(pair.raw, out), no_progress);
    const auto recipe = PreparedFile::open(comm, out).recipe();
    const auto reference = io::Hdf5File::open(pair.reference);
    std::size_t compared = 0;
    for (const char* array : {"x", "y"})
      compared +=
          golden::compare_statistics(reference, array, recipe.array(array).encoding.statistics);
    EXPECT_EQ(compared, 4U * (4128U + 552U));
    EXPECT_EQ(golden::unchanging(recipe.array("x").encoding.statistics),
              reference.read_all<std::int64_t>("flat/constant"));
    for (const char* name : {"x_mean", "x_std", "x_min", "x_max"})
      EXPECT_EQ(io::Hdf5File::open(out).read_all<double>(name).size(), 4128U) << name;
  }
}

TEST(GoldenMoments, OfASurvey) {
  COLONNADE_GOLDEN_PAIRS(pairs, "moments");
  const mpi::Communicator comm;
  for (const auto& pair : pairs) {
    SCOPED_TRACE(pair.name);
    const auto options = golden::plain_options(pair.raw, "");
    const auto reference = io::Hdf5File::open(pair.reference);
    for (const auto& [array, names] :
         {std::pair{"x", options.inputs}, std::pair{"y", options.targets}}) {
      const auto found = survey(comm, RawSet::scan(comm, {pair.raw}, names, "column"), no_progress);
      EXPECT_GT(golden::compare_statistics(reference, array, found.statistics), 0U);
    }
  }
}

}  // namespace
}  // namespace colonnade::data
