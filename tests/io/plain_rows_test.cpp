#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/handle.hpp>
#include <colonnade/io/plain_rows.hpp>
#include <colonnade/io/row_source.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <array>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace colonnade::io {
namespace {

constexpr hsize_t rows = 30, width = 7;

/// Writes a dataset (rows, width) whose values are their places.
void write_places(hid_t file, const char* name, hid_t type, hid_t creation) {
  const hsize_t lengths[] = {rows, width};
  const Handle space(H5Screate_simple(2, lengths, nullptr), H5Sclose);
  const Handle set(H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, creation, H5P_DEFAULT),
                   H5Dclose);
  std::vector<float> values(rows * width);
  std::iota(values.begin(), values.end(), 0.0F);
  ASSERT_GE(H5Dwrite(set.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
}

class PlainRowsTest : public ::testing::TestWithParam<hsize_t> {
 protected:
  /// Of all ways to store floats, behind a user block of GetParam() bytes.
  void SetUp() override {
    const Handle user_block(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    H5Pset_userblock(user_block.get(), GetParam());
    const Handle file(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, user_block.get(), H5P_DEFAULT),
                      H5Fclose);
    const auto properties = [] { return Handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose); };
    const hsize_t chunk[] = {10, width};
    write_places(file.get(), "contiguous", H5T_IEEE_F32LE, properties().get());
    write_places(file.get(), "big_endian", H5T_IEEE_F32BE, properties().get());
    write_places(file.get(), "double", H5T_IEEE_F64LE, properties().get());
    write_places(file.get(), "integer", H5T_STD_I32LE, properties().get());
    auto special = properties();
    H5Pset_chunk(special.get(), 2, chunk);
    write_places(file.get(), "chunked", H5T_IEEE_F32LE, special.get());
    H5Pset_deflate(special.get(), 1);
    write_places(file.get(), "deflated", H5T_IEEE_F32LE, special.get());
    special = properties();
    H5Pset_layout(special.get(), H5D_COMPACT);
    write_places(file.get(), "compact", H5T_IEEE_F32LE, special.get());
    special = properties();
    H5Pset_external(special.get(), (folder_ / "outside").c_str(), 0, rows * width * sizeof(float));
    write_places(file.get(), "external", H5T_IEEE_F32LE, special.get());
    const Handle space(H5Screate_simple(2, std::array{rows, width}.data(), nullptr), H5Sclose);
    const Handle unwritten(H5Dcreate2(file.get(), "unwritten", H5T_IEEE_F32LE, space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose);
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "floats.h5";
};

TEST_P(PlainRowsTest, OnlyFloatsThatFollowOneAnotherHaveAPlace) {
  const auto info = describe(path_);
  ASSERT_EQ(info.variables.size(), 9U);
  for (const auto& variable : info.variables)
    EXPECT_EQ(variable.floats.end > 0, variable.name == "contiguous") << variable.name;
}

TEST_P(PlainRowsTest, ReadsTheirValues) {
  const auto place = describe(path_).find("contiguous")->floats;
  EXPECT_EQ(place.end - place.begin, rows * width * sizeof(float));
  const PlainRows plain(std::make_shared<PlainFile>(path_, PlainFile::Order::ascending),
                        "contiguous", {place}, width * sizeof(float));
  std::vector<float> values(5 * width), expected(values.size());
  plain.read({20, 25}, std::as_writable_bytes(std::span(values)));
  std::iota(expected.begin(), expected.end(), static_cast<float>(20 * width));
  EXPECT_EQ(values, expected);
  plain.read({3, 3}, {});
}

TEST_P(PlainRowsTest, NamesFileAndVariableWhenTheFileEndsTooEarly) {
  const auto place = describe(path_).find("contiguous")->floats;
  const PlainRows plain(std::make_shared<PlainFile>(path_, PlainFile::Order::any), "contiguous",
                        {place}, width * sizeof(float));
  std::filesystem::resize_file(path_, place.end - 1);
  std::vector<float> values(width);
  plain.read({0, 1}, std::as_writable_bytes(std::span(values)));
  try {
    plain.read({rows - 1, rows}, std::as_writable_bytes(std::span(values)));
    FAIL() << "read beyond the end";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().file, path_);
    EXPECT_EQ(error.facts().variable, "contiguous");
    EXPECT_EQ(error.facts().value, "the file ends too early");
  }
  EXPECT_THROW(PlainFile(folder_ / "absent", PlainFile::Order::any), base::Error);
}

INSTANTIATE_TEST_SUITE_P(UserBlocks, PlainRowsTest, ::testing::Values(0, 512));

}  // namespace
}  // namespace colonnade::io
