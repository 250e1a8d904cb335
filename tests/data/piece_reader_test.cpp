// Pieces cover every column once, whichever way they come, with the values of their columns.
#include "data/piece_reader.hpp"

#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace colonnade::data {
namespace {

using Direction = PieceReader::Direction;
using test::RawFormat;

const std::vector<std::string> names{"temperature", "zenith", "cloud", "co2", "flux", "rate"};
constexpr std::int64_t columns = 12'000;

class Pieces : public testing::TestWithParam<RawFormat> {
 protected:
  /// The columns that this rank reads, in the order in which it reads them; their values are
  /// checked.
  [[nodiscard]] std::vector<std::int64_t> read(Direction direction) const {
    PieceReader reader(comm_, set_, {}, 4, direction);
    EXPECT_GE(reader.rounds() * comm_.size(), 5);
    std::vector<std::int64_t> found;
    for (std::int64_t round = 0; round < reader.rounds(); ++round) {
      reader.read(round, ColumnOrder(columns, {}, std::nullopt));
      EXPECT_EQ(reader.has_piece(), !reader.sources().empty());
      for (std::size_t i = 0; i < reader.sources().size(); ++i) {
        const auto row = reader.raw_row(i);
        EXPECT_TRUE(std::ranges::equal(row, raw_row(names, reader.sources()[i])))
            << "column " << reader.sources()[i];
      }
      found.insert(found.end(), reader.sources().begin(), reader.sources().end());
    }
    return found;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> files_ =
      make_raw_set(comm_, folder_ / "raw", GetParam(), {3'000, 5'000, 4'000});
  RawSet set_ = RawSet::scan(comm_, files_, names, "column");
};

TEST_P(Pieces, CoverEveryColumnOnceEitherWay) {
  const auto there = read(Direction::forwards);
  auto back = read(Direction::backwards);
  EXPECT_TRUE(std::is_sorted(there.begin(), there.end()));
  EXPECT_EQ(comm_.sum(static_cast<std::int64_t>(there.size())), columns);
  EXPECT_FALSE(comm_.size() == 1 && std::is_sorted(back.begin(), back.end()));
  std::sort(back.begin(), back.end());
  EXPECT_EQ(back, there);
  std::int64_t sum = 0;
  for (const auto column : there) sum += column;
  EXPECT_EQ(comm_.sum(sum), columns * (columns - 1) / 2);
}

TEST_P(Pieces, ComeFromTheEndBackwards) {
  PieceReader reader(comm_, set_, {}, 4, Direction::backwards);
  std::int64_t before = columns;
  for (std::int64_t round = 0; round < reader.rounds(); ++round) {
    reader.read(round, ColumnOrder(columns, {}, std::nullopt));
    const std::int64_t first = comm_.min(reader.has_piece() ? reader.sources().front() : columns);
    const std::int64_t last = comm_.max(reader.has_piece() ? reader.sources().back() : -1);
    EXPECT_EQ(last + 1, before) << "round " << round;
    before = first;
  }
  EXPECT_EQ(before, 0);
}

INSTANTIATE_TEST_SUITE_P(Formats, Pieces,
                         testing::Values(RawFormat::netcdf4, RawFormat::deflated, RawFormat::cdf1,
                                         RawFormat::plain_hdf5));

}  // namespace
}  // namespace colonnade::data
