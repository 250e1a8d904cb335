#include "raw_files.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/row_source.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace colonnade::io {
namespace {

using test::RawFormat;

class RowSourceFormat : public testing::TestWithParam<RawFormat> {
 protected:
  static constexpr std::int64_t columns = 37;

  RowSourceFormat() {
    mpi::agreed_on_root(comm_, "write", [&] {
      test::write_raw_file(path_, GetParam(), test::small_variables(), 0, columns);
    });
  }
  /// Reads this rank's rows of each variable; returns the number of values that were right.
  std::int64_t right_values(mpi::Range mine) const {
    const auto source = RowSource::open(comm_, path_);
    std::int64_t right = 0;
    for (const auto& variable : test::small_variables()) {
      const std::int64_t width = variable.width();
      std::vector<float> values(static_cast<std::size_t>(mine.size() * width));
      source->read_rows(variable.name, mine, values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        const float expected = raw_value(variable, mine.begin + place / width, place % width);
        right += values[i] == expected ? 1 : 0;
      }
    }
    return right;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "raw.nc";
};

constexpr std::int64_t values_a_column = 5 + 1 + 12 + 2 + 6 + 1;

TEST_P(RowSourceFormat, GivesEachRankItsRows) {
  const auto mine = mpi::share(columns, comm_.size(), comm_.rank());
  EXPECT_EQ(comm_.sum(right_values(mine)), columns * values_a_column);
}

TEST_P(RowSourceFormat, ServesRanksWithoutRows) {
  const bool last = comm_.rank() == comm_.size() - 1;
  EXPECT_EQ(right_values(last ? mpi::Range{3, 20} : mpi::Range{}), last ? 17 * values_a_column : 0);
}

TEST_P(RowSourceFormat, AnAbsentVariableIsTheSameErrorOnAllRanks) {
  const auto source = RowSource::open(comm_, path_);
  std::vector<float> values(1);
  EXPECT_THROW(source->read_rows("absent", {0, 1}, values), mpi::AgreedError);
}

INSTANTIATE_TEST_SUITE_P(Formats, RowSourceFormat,
                         testing::Values(RawFormat::netcdf4, RawFormat::deflated, RawFormat::cdf1,
                                         RawFormat::cdf2, RawFormat::cdf5, RawFormat::plain_hdf5));

TEST(RowSource, AnAbsentFileIsTheSameErrorOnAllRanks) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  EXPECT_THROW(RowSource::open(comm, folder / "absent.nc"), mpi::AgreedError);
}

TEST(RowSource, DamagedDeflatedBytesAreTheSameErrorOnAllRanks) {
  const mpi::Communicator comm;
  const test::TemporaryFolder folder;
  const auto path = folder / "damaged.nc";
  const std::vector<test::RawVariableSpec> variables{{"x", {1000}}};
  mpi::agreed_on_root(comm, "write", [&] {
    test::write_raw_file(path, RawFormat::deflated, variables, 0, 50);
    std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
    bytes.seekp(middle);
    bytes << std::string(64, '\xA5');
  });
  const auto source = RowSource::open(comm, path);
  const auto mine = mpi::share(50, comm.size(), comm.rank());
  std::vector<float> values(static_cast<std::size_t>(mine.size()) * 1000);
  try {
    source->read_rows("x", mine, values);
    FAIL() << "damaged bytes were read";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().variable, "x");
  }
}

}  // namespace
}  // namespace colonnade::io
