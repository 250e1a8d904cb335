#include "raw_files.hpp"
#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/row_source.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace colonnade::io {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using test::RawFormat;

class Describe : public testing::Test {
 protected:
  /// The kind of the error for the file, which it must name; nothing when it is accepted.
  static std::optional<ErrorKind> refusal(const std::string& path) {
    try {
      describe(path);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.facts().file, path);
      return error.kind();
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string file_with(const std::string& text) const {
    const auto path = folder_ / "file.nc";
    std::ofstream(path) << text;
    return path;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Describe, RefusesWhatIsNoFileOfColumns) {
  EXPECT_EQ(refusal(folder_ / "absent.nc"), ErrorKind::storage);
  EXPECT_EQ(refusal(folder_.path()), ErrorKind::data);
  EXPECT_EQ(refusal(file_with("")), ErrorKind::data);
  EXPECT_EQ(refusal(file_with("temperature,humidity\n280.0,0.5\n")), ErrorKind::data);
  EXPECT_EQ(refusal(file_with("CD")), ErrorKind::data);
  EXPECT_EQ(refusal(file_with(std::string("CDF\x01", 4))), ErrorKind::data);
  EXPECT_EQ(refusal(file_with("CDF\x07 of no known version")), ErrorKind::data);
  EXPECT_EQ(refusal(file_with("\x89HDF\r\n\x1a\n and then nothing of use")), ErrorKind::data);
}

class DescribeFormat : public Describe, public testing::WithParamInterface<RawFormat> {
 protected:
  static constexpr std::int64_t columns = 37;
  void write() const {
    test::write_raw_file(path_, GetParam(), test::small_variables(), 0, columns);
  }
  std::string path_ = folder_ / "raw.nc";
};

TEST_P(DescribeFormat, TellsNamesShapesTypesAndUnits) {
  write();
  const auto info = describe(path_);
  const bool plain = GetParam() == RawFormat::plain_hdf5;
  EXPECT_EQ(info.bytes, static_cast<std::int64_t>(fs::file_size(path_)));
  ASSERT_EQ(info.variables.size(), test::small_variables().size());
  for (const auto& spec : test::small_variables()) {
    const auto* found = info.find(spec.name);
    ASSERT_NE(found, nullptr) << spec.name;
    EXPECT_EQ(found->type, VariableInfo::Type::number);
    EXPECT_EQ(found->type_name, spec.type == NC_DOUBLE  ? "float64"
                                : spec.type == NC_SHORT ? "int16"
                                                        : "float32");
    ASSERT_EQ(found->shape.size(), spec.shape.size() + 1) << spec.name;
    EXPECT_EQ(found->shape.front(), columns);
    EXPECT_TRUE(std::equal(spec.shape.begin(), spec.shape.end(), found->shape.begin() + 1));
    ASSERT_EQ(found->dimensions.size(), found->shape.size());
    EXPECT_EQ(found->dimensions.front(), plain ? "" : "column");
    EXPECT_EQ(found->attributes.count("units"), plain ? 0U : 1U);
  }
}

TEST_P(DescribeFormat, RefusesAFileCutShortAtAnyLength) {
  write();
  const auto whole = fs::file_size(path_);
  ASSERT_EQ(refusal(path_), std::nullopt);
  int compared = 0;
  for (const std::uintmax_t missing :
       {std::uintmax_t{4}, std::uintmax_t{64}, std::uintmax_t{256}, std::uintmax_t{800}, whole / 4,
        whole / 2, whole - 600, whole - 200, whole - 10}) {
    const auto cut = folder_ / "cut.nc";
    fs::copy_file(path_, cut, fs::copy_options::overwrite_existing);
    fs::resize_file(cut, whole - missing);
    const auto kind = refusal(cut);
    EXPECT_EQ(kind, ErrorKind::data) << missing << " of " << whole << " bytes are missing";
    ++compared;
  }
  EXPECT_EQ(compared, 9);
}

INSTANTIATE_TEST_SUITE_P(Formats, DescribeFormat,
                         testing::Values(RawFormat::netcdf4, RawFormat::deflated, RawFormat::cdf1,
                                         RawFormat::cdf2, RawFormat::cdf5, RawFormat::plain_hdf5));

TEST_F(Describe, KnowsFillValuesTextsAndUnlimitedDimensions) {
  for (const int mode : {NC_CLOBBER, NC_CLOBBER | NC_NETCDF4}) {
    const auto path = folder_ / "texts.nc";
    int file = 0, id = 0;
    std::array<int, 3> dimensions{};
    test::check_netcdf(nc_create(path.c_str(), mode, &file));
    test::check_netcdf(nc_def_dim(file, "column", NC_UNLIMITED, dimensions.data()));
    test::check_netcdf(nc_def_dim(file, "variable", 2, &dimensions[1]));
    test::check_netcdf(nc_def_dim(file, "letters", 6, &dimensions[2]));
    test::check_netcdf(nc_def_var(file, "x", NC_SHORT, 2, dimensions.data(), &id));
    const short fill = -999;
    test::check_netcdf(nc_put_att_short(file, id, "_FillValue", NC_SHORT, 1, &fill));
    test::check_netcdf(nc_put_att_text(file, NC_GLOBAL, "title", 5, "hello"));
    test::check_netcdf(nc_def_var(file, "names", NC_CHAR, 2, &dimensions[1], &id));
    test::check_netcdf(nc_enddef(file));
    const std::array<std::size_t, 2> start{0, 0}, count{3, 2};
    const std::array<short, 6> values{1, 2, 3, 4, 5, 6};
    test::check_netcdf(nc_put_vara_short(file, 0, start.data(), count.data(), values.data()));
    test::check_netcdf(nc_put_var_text(file, id, "q\0\0\0\0\0cloud "));
    test::check_netcdf(nc_close(file));
    const auto info = describe(path);
    EXPECT_EQ(info.find("x")->number_attributes.at("_FillValue"), std::vector{-999.0});
    EXPECT_EQ(info.find("x")->shape, (std::vector<std::int64_t>{3, 2}));
    EXPECT_EQ(info.find("names")->type, VariableInfo::Type::text);
    EXPECT_EQ(info.attributes.at("title"), "hello");
    if ((mode & NC_NETCDF4) == 0) {
      EXPECT_EQ(info.texts.at("names"), (std::vector<std::string>{"q", "cloud"}));
    }
    fs::resize_file(path, fs::file_size(path) - 1);
    EXPECT_EQ(refusal(path), ErrorKind::data);
  }
}

}  // namespace
}  // namespace colonnade::io
