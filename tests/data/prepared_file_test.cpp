#include "damage.hpp"
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace colonnade::data {
namespace {

namespace fs = std::filesystem;

class PreparedFileTest : public testing::Test {
 protected:
  PreparedFileTest() {
    options_ = small_options(make_raw_set(comm_, folder_ / "raw", test::RawFormat::netcdf4, {97}),
                             folder_ / "out.h5");
    prepare(comm_, options_, no_progress);
  }
  /// Flips the lowest bit of the byte at `place` of a stretch of a dataset.
  void flip(const std::string& name, std::uint64_t place) const {
    mpi::agreed_on_root(comm_, "flip", [&] {
      const auto stretches = io::Hdf5File::open(options_.out).stretches(name);
      test::flip_bit(options_.out, 8 * (stretches.at(0).begin + place));
    });
  }
  [[nodiscard]] std::optional<base::Error> verify_error() const {
    return agreed_error([&] { PreparedFile::open(comm_, options_.out).verify(); });
  }
  [[nodiscard]] std::optional<base::Error> open_error(const std::string& path) const {
    return agreed_error([&] { PreparedFile::open(comm_, path); });
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  PrepareOptions options_;
};

TEST_F(PreparedFileTest, VerifyFindsAFlippedBitAndNamesItsColumn) {
  ASSERT_FALSE(verify_error().has_value());
  int found = 0;
  // x has rows of 80 bytes, y of 28, in shards of seven columns.
  for (const auto& [name, place, column] :
       {std::tuple{"x", 0U, 0}, std::tuple{"x", 5 * 560U + 311, 38},
        std::tuple{"x", 13 * 560U + 479, 96}, std::tuple{"y", 7 * 196U + 33, 50},
        std::tuple{"source_column", 8U * 15, 15}, std::tuple{"y_hash", 8U * 60 + 7, 60}}) {
    flip(name, place);
    const auto error = verify_error();
    ASSERT_TRUE(error.has_value()) << name << " " << column;
    EXPECT_EQ(error->kind(), base::ErrorKind::data);
    EXPECT_EQ(error->facts().file, options_.out);
    EXPECT_EQ(error->facts().value, "in shard " + std::to_string(column / 7));
    EXPECT_EQ(error->facts().column, column);
    EXPECT_FALSE(error->facts().hint.empty());
    flip(name, place);
    ASSERT_FALSE(verify_error().has_value());
    ++found;
  }
  EXPECT_EQ(found, 6);
}

TEST_F(PreparedFileTest, ReadingFindsAFlippedBitOnAnyRank) {
  const auto file = PreparedFile::open(comm_, options_.out);
  const auto mine = mpi::share(file.columns(), comm_.size(), comm_.rank());
  std::vector<float> rows(static_cast<std::size_t>(mine.size()) * 20);
  int found = 0;
  for (const std::int64_t column : {0, 40, 96}) {
    flip("x", static_cast<std::uint64_t>(column) * 80);
    const auto error = agreed_error([&] { file.read_rows("x", mine, rows); });
    ASSERT_TRUE(error.has_value()) << column;
    EXPECT_EQ(error->facts().variable, "x");
    EXPECT_EQ(error->facts().column, column);
    flip("x", static_cast<std::uint64_t>(column) * 80);
    ++found;
  }
  EXPECT_EQ(found, 3);
  EXPECT_FALSE(agreed_error([&] { file.read_rows("x", mine, rows); }).has_value());
}

TEST_F(PreparedFileTest, VerifyFindsStatisticsThatWereChanged) {
  mpi::agreed_on_root(comm_, "change", [&] {
    auto file = io::Hdf5File::open(options_.out, io::Hdf5File::Access::write);
    auto recipe = Recipe::from_text(file.read_text("/colonnade/recipe"), "");
    recipe.array("x").encoding.offset[3] += 1.0;
    H5Ldelete(file.id(), "/colonnade/recipe", H5P_DEFAULT);
    file.write_text("/colonnade/recipe", recipe.text());
    file.close();
  });
  EXPECT_TRUE(open_error(options_.out).has_value()) << "its seal is gone";
  mpi::agreed_on_root(comm_, "seal", [&] { io::seal(options_.out); });
  EXPECT_FALSE(open_error(options_.out).has_value()) << "it is sealed as it is";
  EXPECT_TRUE(verify_error().has_value());
}

TEST_F(PreparedFileTest, AShardsHashIsTheSumOfItsRows) {
  const auto file = io::Hdf5File::open(options_.out);
  const auto shards = file.read_all<std::uint64_t>("shard_hash");
  std::vector<std::uint64_t> sums(14, 0);
  for (const char* name : {"x_hash", "y_hash"}) {
    const auto rows = file.read_all<std::uint64_t>(name);
    ASSERT_EQ(rows.size(), 97U);
    for (std::size_t i = 0; i < rows.size(); ++i) sums[i / 7] += rows[i];
  }
  EXPECT_EQ(shards, sums);
}

TEST_F(PreparedFileTest, KnowsColumnsShardsAndSplits) {
  const auto file = PreparedFile::open(comm_, options_.out);
  EXPECT_EQ(file.columns(), 97);
  EXPECT_EQ(file.shard_columns(), 7);
  EXPECT_EQ(file.split("train"), (mpi::Range{0, 78}));
  EXPECT_EQ(file.split("validation"), (mpi::Range{78, 87}));
  EXPECT_EQ(file.split("test"), (mpi::Range{87, 97}));
  try {
    static_cast<void>(file.split("holdout"));
    FAIL() << "an unknown split was found";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    EXPECT_NE(error.facts().hint.find("validation"), std::string::npos);
  }
}

TEST_F(PreparedFileTest, ShowsItsDimensionsAndNamesToOtherReaders) {
  const auto file = io::Hdf5File::open(options_.out);
  EXPECT_EQ(file.shape("x"), (std::vector<std::int64_t>{97, 20}));
  EXPECT_EQ(file.shape("y"), (std::vector<std::int64_t>{97, 7}));
  EXPECT_EQ(file.shape("shard_hash"), std::vector<std::int64_t>{14});
  const auto names = file.read_texts("feature_name");
  ASSERT_EQ(names.size(), 20U);
  EXPECT_EQ(names[4], "temperature[4]");
  EXPECT_EQ(names[5], "zenith");
  EXPECT_EQ(names[6 + 11], "cloud[11]");
  EXPECT_EQ(file.read_texts("feature_units"), std::vector<std::string>(20, "m-1"));
  EXPECT_EQ(file.read_texts("target_name").back(), "rate");
  EXPECT_EQ(file.read_all<double>("x_min").size(), 20U);
  EXPECT_NE(file.text_attribute("", "source_files").value().find("raw_0.nc"), std::string::npos);
}

TEST_F(PreparedFileTest, OpenRefusesOtherFiles) {
  const auto absent = open_error(folder_ / "absent.h5"), raw = open_error(options_.files.front());
  ASSERT_TRUE(absent && raw);
  EXPECT_EQ(absent->kind(), base::ErrorKind::storage);
  EXPECT_EQ(raw->kind(), base::ErrorKind::data);
  EXPECT_EQ(raw->sentence().find("not a prepared file"), 0U);
  if (comm_.is_root()) fs::resize_file(options_.out, fs::file_size(options_.out) / 2);
  comm_.barrier();
  const auto cut = open_error(options_.out);
  ASSERT_TRUE(cut.has_value());
  EXPECT_EQ(cut->kind(), base::ErrorKind::data);
}

TEST_F(PreparedFileTest, AFailedPrepareLeavesAnOlderFileAsItWas) {
  const auto before = PreparedFile::open(comm_, options_.out).content();
  auto failing = options_;
  failing.inputs = {"salinity"};
  EXPECT_TRUE(agreed_error([&] { prepare(comm_, failing, no_progress); }).has_value());
  auto refused = options_;
  refused.force = false;
  const auto exists = agreed_error([&] { prepare(comm_, refused, no_progress); });
  ASSERT_TRUE(exists.has_value());
  EXPECT_EQ(exists->kind(), base::ErrorKind::usage);
  auto empty_training = options_;
  empty_training.split = {0.0, 0.5, 0.5};
  empty_training.normalisation = Normalisation::zscore;
  EXPECT_TRUE(agreed_error([&] { prepare(comm_, empty_training, no_progress); }).has_value());
  comm_.barrier();
  EXPECT_EQ(PreparedFile::open(comm_, options_.out).content(), before);
  EXPECT_EQ(folder_.entries(), 2);
}

}  // namespace
}  // namespace colonnade::data
