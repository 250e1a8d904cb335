#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/netcdf_writer.hpp>

#include <gtest/gtest.h>
#include <netcdf.h>

#include <array>
#include <vector>

namespace colonnade::io {
namespace {

using base::Error;
using base::ErrorKind;

TEST(NetcdfWriter, PackedNumbersHaveTheirTypesAndAttributes) {
  const test::TemporaryFolder folder;
  const auto path = folder / "packed.nc";
  NetcdfWriter writer(path);
  writer.dimension("y", 2);
  writer.dimension("x", 3);
  writer.variable<std::int16_t>("t", {"y", "x"}, std::int16_t{-1}, NetcdfWriter::Storage::deflated);
  writer.attribute("t", "scale_factor", std::vector{0.25F});
  writer.attribute("t", "valid_range", std::vector<std::int16_t>{0, -6});
  writer.attribute("", "title", "two rows");
  const std::vector<std::int16_t> values{0, 1, 2, 10, 11, -1};
  writer.write<std::int16_t>("t", values);
  writer.variable<double>("p", {});
  writer.write<double>("p", std::vector{1e5});
  writer.close();

  int file = 0, t = 0, dimensions = 0, deflated = 0, level = 0;
  nc_type type = NC_NAT, attribute = NC_NAT;
  ASSERT_EQ(nc_open(path.c_str(), NC_NOWRITE, &file), NC_NOERR);
  ASSERT_EQ(nc_inq_varid(file, "t", &t), NC_NOERR);
  ASSERT_EQ(nc_inq_var(file, t, nullptr, &type, &dimensions, nullptr, nullptr), NC_NOERR);
  EXPECT_EQ(type, NC_SHORT);
  EXPECT_EQ(dimensions, 2);
  ASSERT_EQ(nc_inq_var_deflate(file, t, nullptr, &deflated, &level), NC_NOERR);
  EXPECT_EQ(deflated, 1);
  ASSERT_EQ(nc_inq_atttype(file, t, "_FillValue", &attribute), NC_NOERR);
  EXPECT_EQ(attribute, NC_SHORT);
  std::array<std::int16_t, 2> range{};
  ASSERT_EQ(nc_get_att_short(file, t, "valid_range", range.data()), NC_NOERR);
  EXPECT_EQ(range[1], -6);
  float scale = 0.0F;
  ASSERT_EQ(nc_get_att_float(file, t, "scale_factor", &scale), NC_NOERR);
  EXPECT_EQ(scale, 0.25F);
  std::vector<std::int16_t> read(6);
  ASSERT_EQ(nc_get_var_short(file, t, read.data()), NC_NOERR);
  EXPECT_EQ(read, values);
  nc_close(file);
}

TEST(NetcdfWriter, ErrorsNameFileAndVariable) {
  const test::TemporaryFolder folder;
  const auto path = folder / "errors.nc";
  NetcdfWriter writer(path);
  writer.dimension("x", 3);
  try {
    writer.variable<float>("t", {"z"});
    FAIL() << "an unknown dimension";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::storage);
    EXPECT_EQ(error.facts().file, path);
    EXPECT_EQ(error.facts().variable, "t");
  }
  EXPECT_THROW(writer.write<float>("u", std::vector<float>(3)), Error);
  NetcdfWriter nowhere(folder / "absent/errors.nc");
  EXPECT_THROW(nowhere.close(), Error);
}

}  // namespace
}  // namespace colonnade::io
