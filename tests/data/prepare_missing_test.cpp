#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

namespace colonnade::data {
namespace {

using test::RawFormat;
using Kind = MissingPolicy::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Columns 4 (NaN, twice), 33 (never written) and 60 (_FillValue) of 97 in two files are missing.
class PrepareMissing : public testing::Test {
 protected:
  PrepareMissing() {
    mpi::agreed_on_root(comm_, "write", [&] {
      auto variables = test::small_variables();
      variables[2].fill_value = -9999.0;
      const auto files =
          test::write_raw_set(folder_ / "raw", RawFormat::netcdf4, variables, {50, 47});
      test::poke(files[0], "temperature", 4, 3, nan);
      test::poke(files[0], "rate", 4, 0, nan);
      test::poke(files[0], "flux", 33, 2, NC_FILL_FLOAT);
      int file = 0, id = 0;
      test::check_netcdf(nc_open(files[1].c_str(), NC_WRITE, &file));
      test::check_netcdf(nc_inq_varid(file, "cloud", &id));
      const std::array<std::size_t, 3> place{10, 2, 3};
      const short fill = -9999;
      test::check_netcdf(nc_put_var1_short(file, id, place.data(), &fill));
      test::check_netcdf(nc_close(file));
    });
  }
  [[nodiscard]] PrepareOptions options(MissingPolicy missing) const {
    auto options = small_options({folder_ / "raw_0.nc", folder_ / "raw_1.nc"}, folder_ / "out.h5");
    options.missing = missing;
    return options;
  }
  [[nodiscard]] std::optional<base::Error> error(const PrepareOptions& options) const {
    return agreed_error([&] { prepare(comm_, options, no_progress); });
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
};

TEST_F(PrepareMissing, FailNamesFileVariableAndColumnAndLeavesNothing) {
  const auto found = error(options({Kind::fail, 0.0F}));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind(), base::ErrorKind::data);
  EXPECT_EQ(found->facts().file, folder_ / "raw_0.nc");
  EXPECT_EQ(found->facts().variable, "temperature");
  EXPECT_EQ(found->facts().column, 4);
  EXPECT_FALSE(found->facts().hint.empty());
  comm_.barrier();
  EXPECT_EQ(folder_.entries(), 2) << "the raw files alone";
}

TEST_F(PrepareMissing, FailCountsColumnsWithinTheFile) {
  auto second = options({Kind::fail, 0.0F});
  second.files = {make_raw_set(comm_, folder_ / "clean", RawFormat::netcdf4, {50}).front(),
                  folder_ / "raw_1.nc"};
  const auto alone = error(second);
  ASSERT_TRUE(alone.has_value());
  EXPECT_EQ(alone->facts().column, 10);
  EXPECT_EQ(alone->facts().variable, "cloud");
  EXPECT_EQ(alone->facts().file, folder_ / "raw_1.nc");
}

TEST_F(PrepareMissing, DropLeavesTheColumnsOut) {
  for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30}) {
    auto dropping = options({Kind::drop, 0.0F});
    dropping.memory_bytes = memory;
    const auto report = prepare(comm_, dropping, no_progress);
    EXPECT_EQ(report.columns, 94);
    EXPECT_EQ(report.dropped, 3);
    const auto file = PreparedFile::open(comm_, dropping.out);
    ASSERT_EQ(file.columns(), 94);
    const auto sources = file.source_columns({0, 94});
    const std::set<std::int64_t> distinct(sources.begin(), sources.end());
    EXPECT_EQ(distinct.size(), 94U);
    for (const std::int64_t missing : {4, 33, 60}) EXPECT_FALSE(distinct.contains(missing));
    const auto x = all_rows(file, "x");
    for (std::size_t i = 0; i < sources.size(); ++i)
      ASSERT_EQ(std::vector<float>(x.begin() + static_cast<long>(20 * i),
                                   x.begin() + static_cast<long>(20 * i + 20)),
                raw_row(dropping.inputs, sources[i]));
  }
}

TEST_F(PrepareMissing, FillPutsTheValueInItsPlace) {
  auto filling = options({Kind::fill, -1.5F});
  filling.shuffle = false;
  EXPECT_EQ(prepare(comm_, filling, no_progress).columns, 97);
  const auto file = PreparedFile::open(comm_, filling.out);
  const auto x = all_rows(file, "x"), y = all_rows(file, "y");
  EXPECT_EQ(x[4 * 20 + 3], -1.5F);
  EXPECT_EQ(y[4 * 7 + 6], -1.5F);
  EXPECT_EQ(y[33 * 7 + 2], -1.5F);
  EXPECT_EQ(x[60 * 20 + 6 + 11], -1.5F);
  std::ptrdiff_t filled = std::count(x.begin(), x.end(), -1.5F);
  filled += std::count(y.begin(), y.end(), -1.5F);
  EXPECT_EQ(filled, 4);
}

/// Small variables, "cloud" packed, and marked as missing in several ways.
std::vector<test::RawVariableSpec> packed_variables(double scale) {
  auto variables = test::small_variables();
  variables[2].numbers = {{"scale_factor", {scale}}, {"add_offset", {250.0}}};
  return variables;
}

TEST_F(PrepareMissing, PackedNumbersAreUnpackedFileByFile) {
  for (const auto format : {RawFormat::netcdf4, RawFormat::cdf2}) {
    const std::string name = folder_ / ("packed" + std::to_string(static_cast<int>(format)));
    mpi::agreed_on_root(comm_, "write", [&] {
      test::write_raw_file(name + "_0.nc", format, packed_variables(0.5), 0, 40);
      test::write_raw_file(name + "_1.nc", format, packed_variables(0.01), 40, 57);
    });
    auto packed = small_options({name + "_0.nc", name + "_1.nc"}, folder_ / "packed.h5");
    packed.shuffle = false;
    prepare(comm_, packed, no_progress);
    const auto file = PreparedFile::open(comm_, packed.out);
    const auto x = all_rows(file, "x");
    const auto cloud = test::small_variables()[2];
    std::int64_t compared = 0;
    for (std::int64_t column = 0; column < 97; ++column)
      for (std::int64_t place = 0; place < 12; ++place, ++compared)
        ASSERT_EQ(x[static_cast<std::size_t>(column * 20 + 6 + place)],
                  static_cast<float>(
                      test::raw_value(cloud, column, place) * (column < 40 ? 0.5 : 0.01) + 250.0))
            << column << ' ' << place;
    EXPECT_EQ(compared, 97 * 12);
    std::filesystem::remove(packed.out);
  }
}

TEST_F(PrepareMissing, MissingValueAndValidRangeMarkWhatIsStored) {
  const auto cloud = test::small_variables()[2];
  const double marked = test::raw_value(cloud, 7, 3);
  const std::vector<std::map<std::string, std::vector<double>>> forms{
      {{"missing_value", {1e20, marked}}},
      {{"valid_range", {marked + 1, 30000}}},
      {{"valid_max", {marked - 1}}},
      {{"valid_min", {marked + 1}}, {"scale_factor", {0.1}}}};
  for (const auto& numbers : forms) {
    auto variables = test::small_variables();
    variables[2].numbers = numbers;
    const std::string raw = folder_ / "marked.nc";
    mpi::agreed_on_root(comm_, "write",
                        [&] { test::write_raw_file(raw, RawFormat::netcdf4, variables, 7, 1); });
    auto one = small_options({raw}, folder_ / "one.h5");
    one.split = {1.0, 0.0, 0.0};
    const auto found = error(one);
    ASSERT_TRUE(found.has_value()) << numbers.begin()->first;
    EXPECT_EQ(found->sentence(), "missing value");
    EXPECT_EQ(found->facts().variable, "cloud");
    EXPECT_EQ(found->facts().column, 0);
    one.missing = {Kind::fill, -1.5F};
    prepare(comm_, one, no_progress);
    const auto x = all_rows(PreparedFile::open(comm_, one.out), "x");
    EXPECT_EQ(x[6 + 3], -1.5F) << numbers.begin()->first;
    std::filesystem::remove(one.out);
    comm_.barrier();
  }
}

TEST_F(PrepareMissing, ATransformThatFillsTakesMissingValuesUnderAnyPolicy) {
  for (const auto kind : {Kind::fail, Kind::drop, Kind::fill}) {
    auto filling = options({kind, -1.5F});
    filling.shuffle = false;
    filling.transforms = parse_transforms(
        "temperature=fill:-3|scale:0.5 rate=fill:8 flux=fill:9|offset:1 "
        "cloud=clip:-9000:9000|fill:5");
    const auto report = prepare(comm_, filling, no_progress);
    EXPECT_EQ(report.columns, 97);
    EXPECT_EQ(report.dropped, 0);
    const auto file = PreparedFile::open(comm_, filling.out);
    const auto x = all_rows(file, "x"), y = all_rows(file, "y");
    EXPECT_EQ(x[4 * 20 + 3], -1.5F) << "-3 by 0.5";
    EXPECT_EQ(x[4 * 20 + 2], 0.5F * raw_row({"temperature"}, 4)[2]);
    EXPECT_EQ(y[4 * 7 + 6], 8.0F);
    EXPECT_EQ(y[33 * 7 + 2], 10.0F);
    EXPECT_EQ(x[60 * 20 + 6 + 11], 5.0F);
  }
  auto some = options({Kind::drop, 0.0F});
  some.transforms = parse_transforms("temperature=fill:0");
  EXPECT_EQ(prepare(comm_, some, no_progress).dropped, 3) << "rate, flux and cloud have none";
}

TEST_F(PrepareMissing, DropOfEveryColumnIsAnError) {
  mpi::agreed_on_root(comm_, "poke", [&] {
    for (std::size_t column = 0; column < 50; ++column)
      test::poke(folder_ / "raw_0.nc", "temperature", column, 0, nan);
  });
  auto all = options({Kind::drop, 0.0F});
  all.files = {folder_ / "raw_0.nc"};
  const auto found = error(all);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind(), base::ErrorKind::data);
  EXPECT_FALSE(std::filesystem::exists(all.out));
}

TEST(MissingPolicy, ReadsItsThreeFormsAndNoOther) {
  EXPECT_EQ(MissingPolicy::parse("fail").kind, Kind::fail);
  EXPECT_EQ(MissingPolicy::parse("drop").kind, Kind::drop);
  EXPECT_EQ(MissingPolicy::parse("fill=-1e3").kind, Kind::fill);
  EXPECT_EQ(MissingPolicy::parse("fill=-1e3").fill, -1000.0F);
  for (const char* text : {"", "keep", "fill", "fill=", "fill=x", "fill=1x", "fill=nan", "Fail"})
    EXPECT_THROW(MissingPolicy::parse(text), base::Error) << text;
}

}  // namespace
}  // namespace colonnade::data
