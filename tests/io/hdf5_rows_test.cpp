#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace colonnade::io {
namespace {

constexpr std::int64_t columns = 41, width = 6;

float value_of(std::int64_t column, std::int64_t place) {
  return static_cast<float>(100 * column + place) + 0.5F;
}

std::vector<float> rows_of(mpi::Range rows) {
  std::vector<float> values;
  for (std::int64_t column = rows.begin; column < rows.end; ++column)
    for (std::int64_t place = 0; place < width; ++place) values.push_back(value_of(column, place));
  return values;
}

class Hdf5Rows : public testing::TestWithParam<std::int64_t> {
 protected:
  void create() const {
    mpi::agreed_on_root(comm_, "create", [&] {
      auto file = Hdf5File::create(path_);
      file.create_dataset<float>("x", {{"column", columns}, {"feature", width}}, GetParam());
      file.close();
    });
  }
  /// Writes all rows, the ranks' shares being `shares`; says whether each rank's part was
  /// collective.
  bool write(mpi::Range mine) const {
    auto file = Hdf5File::open_collective(comm_, path_, Hdf5File::Access::write);
    file.write_rows<float>("x", mine, rows_of(mine));
    const bool collective = file.last_transfer_was_collective();
    file.close();
    return collective;
  }
  void expect_rows(mpi::Range mine) const {
    const auto file = Hdf5File::open_collective(comm_, path_);
    std::vector<float> values(static_cast<std::size_t>(mine.size() * width), -1.0F);
    file.read_rows("x", mine, std::span(values));
    EXPECT_EQ(values, rows_of(mine));
    EXPECT_TRUE(file.last_transfer_was_collective());
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "rows.h5";
};

TEST_P(Hdf5Rows, ComeBackFromCollectiveTransfers) {
  create();
  const auto mine = mpi::share(columns, comm_.size(), comm_.rank());
  EXPECT_TRUE(write(mine));
  // Read by other ranks than those that wrote.
  expect_rows(mpi::share(columns, comm_.size(), comm_.size() - 1 - comm_.rank()));
}

TEST_P(Hdf5Rows, OneRankMayBringThemAll) {
  create();
  const bool last = comm_.rank() == comm_.size() - 1;
  EXPECT_TRUE(write(last ? mpi::Range{0, columns} : mpi::Range{}));
  expect_rows(comm_.is_root() ? mpi::Range{0, columns} : mpi::Range{columns, columns});
}

TEST_P(Hdf5Rows, OneProcessReadsAndWritesAlone) {
  create();
  mpi::agreed_on_root(comm_, "write", [&] {
    auto file = Hdf5File::open(path_, Hdf5File::Access::write);
    file.write_rows<float>("x", {0, 20}, rows_of({0, 20}));
    file.write_rows<float>("x", {20, columns}, rows_of({20, columns}));
    EXPECT_FALSE(file.last_transfer_was_collective());
    std::vector<float> part(static_cast<std::size_t>(3 * width));
    file.read_rows("x", {19, 22}, std::span(part));
    EXPECT_EQ(part, rows_of({19, 22}));
    file.close();
  });
  expect_rows(mpi::share(columns, comm_.size(), comm_.rank()));
}

TEST_P(Hdf5Rows, OfAnAbsentVariableAreTheSameErrorOnAllRanks) {
  create();
  const auto file = Hdf5File::open_collective(comm_, path_);
  std::vector<float> none;
  try {
    file.read_rows("absent", {}, std::span(none));
    FAIL() << "an absent variable was read";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::data);
    EXPECT_EQ(error.facts().variable, "absent");
    EXPECT_EQ(error.facts().file, path_);
  }
}

// 0: contiguous; 7 does not divide the columns; 100 holds them all in one chunk.
INSTANTIATE_TEST_SUITE_P(Chunks, Hdf5Rows, testing::Values(0, 1, 7, 100));

TEST(Hdf5Collective, AnAbsentFileIsTheSameErrorOnAllRanks) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  try {
    Hdf5File::open_collective(comm, folder / "absent.h5");
    FAIL() << "an absent file was opened";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().file, folder / "absent.h5");
  }
}

}  // namespace
}  // namespace colonnade::io
