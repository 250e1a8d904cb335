#include "damage.hpp"
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace colonnade::data {
namespace {

class ColumnReaderTest : public testing::Test {
 protected:
  ColumnReaderTest() {
    prepare(
        comm_,
        small_options(make_raw_set(comm_, folder_ / "raw", test::RawFormat::netcdf4, {97}), path_),
        no_progress);
  }
  /// A rank's own thread flips bits in turn: what this rank's reader says of all its columns.
  [[nodiscard]] static std::optional<base::Error> error_of(const ColumnReader& reader,
                                                           mpi::Range columns) {
    return test::error_of([&] {
      std::vector<float> x(static_cast<std::size_t>(columns.size()) * 20);
      std::vector<float> y(static_cast<std::size_t>(columns.size()) * 7);
      reader.read_rows("x", columns, x);
      reader.read_rows("y", columns, y);
    });
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "out.h5";
};

TEST_F(ColumnReaderTest, ReadsTheRowsOfAnyRangeInAnyThread) {
  const auto file = PreparedFile::open(comm_, path_);
  const mpi::Range mine = mpi::share(97, comm_.size(), comm_.rank());
  const ColumnReader reader = file.reader(mine);
  int compared = 0;
  for (const auto& [array, width] : {std::pair{"x", std::size_t{20}}, {"y", std::size_t{7}}}) {
    const auto expected = all_rows(file, array);
    const std::string name = array;
    std::jthread([&, width = width] {
      for (std::int64_t begin = mine.begin; begin <= mine.end; ++begin)
        for (std::int64_t end = begin; end <= mine.end; ++end, ++compared) {
          std::vector<float> rows(static_cast<std::size_t>(end - begin) * width);
          reader.read_rows(name, {begin, end}, rows);
          ASSERT_TRUE(std::equal(rows.begin(), rows.end(),
                                 expected.begin() + begin * static_cast<std::int64_t>(width)));
        }
    });
  }
  EXPECT_EQ(compared, (mine.size() + 1) * (mine.size() + 2));
}

TEST_F(ColumnReaderTest, NamesTheRowWithAFlippedBit) {
  const auto file = PreparedFile::open(comm_, path_);
  const mpi::Range mine = mpi::share(97, comm_.size(), comm_.rank());
  const ColumnReader reader = file.reader(mine);
  const auto header = io::Hdf5File::open(path_);
  int found = 0;
  for (const std::int64_t column : {0, 6, 7, 40, 96}) {
    for (const auto& [array, row_bytes] : {std::pair{"x", 80U}, {"y", 28U}}) {
      const auto place =
          header.stretches(array).at(0).begin + static_cast<std::uint64_t>(column) * row_bytes + 9;
      mpi::agreed_on_root(comm_, "flip", [&] { test::flip_bit(path_, 8 * place); });
      const auto error = error_of(reader, mine);
      comm_.barrier();
      mpi::agreed_on_root(comm_, "flip", [&] { test::flip_bit(path_, 8 * place); });
      ASSERT_EQ(error.has_value(), mine.contains(column)) << array << " " << column;
      if (!error) continue;
      EXPECT_EQ(error->kind(), base::ErrorKind::data);
      EXPECT_EQ(error->facts().file, path_);
      EXPECT_EQ(error->facts().variable, array);
      EXPECT_EQ(error->facts().column, column);
      ++found;
    }
  }
  EXPECT_EQ(comm_.sum(found), 10);
  EXPECT_FALSE(error_of(reader, mine));
}

TEST_F(ColumnReaderTest, RefusesAFileThatBecomesShorter) {
  const auto file = PreparedFile::open(comm_, path_);
  const mpi::Range mine = mpi::share(97, comm_.size(), comm_.rank());
  const ColumnReader reader = file.reader(mine);
  mpi::agreed_on_root(comm_, "cut", [&] { std::filesystem::resize_file(path_, 200); });
  const auto error = error_of(reader, mine);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind(), base::ErrorKind::storage);
  EXPECT_EQ(error->facts().file, path_);
  EXPECT_EQ(error->facts().value, "the file ends too early");
}

}  // namespace
}  // namespace colonnade::data
