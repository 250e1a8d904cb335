// Damage to a prepared file: outside the columns it is found when the file is opened, in a column
// when that is read. Bits are sampled by strides prime to everything; with COLONNADE_EVERY_BIT set
// every bit is flipped.
#include "damage.hpp"
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace colonnade::data {
namespace {

std::size_t stride(std::size_t sampled) {
  return std::getenv("COLONNADE_EVERY_BIT") != nullptr ? 1 : sampled;
}

std::size_t samples(std::size_t bits, std::size_t stride) {
  return (bits + stride - 1) / stride;
}

class PreparedDamage : public testing::Test {
 protected:
  PreparedDamage() {
    auto options = small_options(
        make_raw_set(comm_, folder_ / "raw", test::RawFormat::netcdf4, {columns_}), path_);
    options.division.by = DivisionRule::By::tile;  // so that the file has groups
    options.division.tiles = parse_tiles("column=3");
    prepare(comm_, options, no_progress);
  }
  [[nodiscard]] std::optional<base::Error> open_error() const {
    return test::error_of([&] { PreparedFile::open(comm_, path_); });
  }
  /// Where the datasets of columns lie, in their order in the file.
  [[nodiscard]] std::vector<io::Stretch> bulk() const {
    const auto file = io::Hdf5File::open(path_);
    std::vector<io::Stretch> all;
    for (const char* name : {"x", "y", "source_column", "x_hash", "y_hash"}) {
      const auto stretches = file.stretches(name);
      all.insert(all.end(), stretches.begin(), stretches.end());
    }
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return all;
  }
  /// Flips bits of a dataset of columns; how many are found by reading an array, each named with
  /// its column.
  std::size_t found_in(const PreparedFile& file, const std::string& dataset,
                       const std::string& array, std::size_t& flipped) const {
    const auto header = io::Hdf5File::open(path_);
    const auto stretches = header.stretches(dataset);
    std::uint64_t bytes = 0, before = 0, found = 0;
    for (const auto& [begin, end] : stretches) bytes += end - begin;
    const std::uint64_t column_bytes = bytes / static_cast<std::uint64_t>(columns_);
    const std::size_t step = stride(29);
    for (const auto& [begin, end] : stretches) {
      for (std::uint64_t bit = 8 * begin; bit < 8 * end; bit += step, ++flipped) {
        test::flip_bit(path_, bit);
        const auto error = test::error_of([&] { all_rows(file, array); });
        const auto column = (before + bit / 8 - begin) / column_bytes;
        found += error && error->kind() == base::ErrorKind::data && error->facts().file == path_ &&
                         error->facts().variable == array &&
                         error->facts().column == static_cast<std::int64_t>(column)
                     ? 1
                     : 0;
        test::flip_bit(path_, bit);
      }
      before += end - begin;
    }
    return found;
  }

  static constexpr std::int64_t columns_ = 31;
  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "out.h5";
};

TEST_F(PreparedDamage, OutsideTheColumnsIsFoundWhenTheFileIsOpened) {
  ASSERT_FALSE(open_error());
  auto columns = bulk();
  const auto bytes = std::filesystem::file_size(path_);
  columns.push_back({bytes, bytes});
  std::size_t begin = 0, found = 0, flipped = 0, covered = 0;
  for (const auto& stretch : columns) {
    const std::size_t bits = 8 * (stretch.begin - begin);
    found += test::found_flips(path_, 8 * begin, 8 * stretch.begin, stride(23),
                               [&] { return open_error(); });
    flipped += samples(bits, stride(23));
    covered += bits;
    begin = stretch.end;
  }
  EXPECT_EQ(found, flipped);
  EXPECT_EQ(covered / 8 + columns_ * (27 * 4 + 3 * 8), bytes) << "every byte is of one kind";
  EXPECT_FALSE(open_error());
  std::printf("%zu of %zu bits outside the columns\n", flipped, covered);
}

TEST_F(PreparedDamage, InAColumnIsFoundWhenItIsRead) {
  std::size_t found = 0, flipped = 0;
  {
    const auto file = PreparedFile::open(comm_, path_);
    for (const char* array : {"x", "y"}) {
      found += found_in(file, array, array, flipped);
      found += found_in(file, std::string(array) + "_hash", array, flipped);
      found += found_in(file, "source_column", array, flipped);
    }
    EXPECT_NO_THROW(file.verify());
  }
  EXPECT_EQ(found, flipped);
  EXPECT_GT(flipped, 1000U);
  std::printf("%zu of %lld bits of columns\n", flipped,
              static_cast<long long>(8 * columns_ * (27 * 4 + 4 * 8)));
}

TEST_F(PreparedDamage, EveryTruncationIsFoundWhenTheFileIsOpened) {
  const auto bytes = std::filesystem::file_size(path_);
  EXPECT_EQ(test::found_truncations(path_, stride(7), [&] { return open_error(); }),
            samples(bytes, stride(7)));
}

TEST_F(PreparedDamage, IncludesChangesByOtherPrograms) {
  {
    // As h5py and ncatted open a file to write: HDF5 cuts off what stands behind its end.
    auto file = io::Hdf5File::open(path_, io::Hdf5File::Access::write);
    file.set_attribute("x", "comment", "changed");
    file.close();
  }
  const auto error = open_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), base::ErrorKind::data);
  EXPECT_NE(error->sentence().find("changed since it was written"), std::string::npos);
}

}  // namespace
}  // namespace colonnade::data
