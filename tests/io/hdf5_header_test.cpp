#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/row_source.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace colonnade::io {
namespace {

using Texts = std::vector<std::string>;
using Lengths = std::vector<std::int64_t>;

class Hdf5Header : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "header.h5";
};

TEST_F(Hdf5Header, DimensionNamesAreVisible) {
  auto file = Hdf5File::create(path_);
  file.write_all<double>("feature", {{"feature", 3}}, std::array{1.0, 2.0, 3.0});
  file.create_dataset<float>("x", {{"column", 5}, {"feature", 3}}, 2);
  file.create_dataset<float>("y", {{"column", 5}, {"target", 2}});
  file.close();
  const auto info = describe(path_);
  ASSERT_EQ(info.variables.size(), 3U) << "a dimension without a variable is not a variable";
  EXPECT_EQ(info.find("x")->dimensions, (Texts{"column", "feature"}));
  EXPECT_EQ(info.find("x")->shape, (Lengths{5, 3}));
  EXPECT_EQ(info.find("x")->type_name, "float32");
  EXPECT_EQ(info.find("y")->dimensions, (Texts{"column", "target"}));
  EXPECT_EQ(info.find("feature")->dimensions, Texts{"feature"});
  EXPECT_EQ(info.find("feature")->type_name, "float64");
  EXPECT_EQ(info.find("column"), nullptr);
}

TEST_F(Hdf5Header, TextsNumbersAndAttributesComeBack) {
  auto file = Hdf5File::create(path_);
  const Texts names{"q", "", "temp\u00e9rature"};
  file.write_texts("name", {"feature", 3}, names);
  file.write_text("/group/deeper/recipe", std::string(100000, 'r'));
  file.write_all<std::int64_t>("count", {{"feature", 3}},
                               std::array<std::int64_t, 3>{1, -2, std::int64_t{1} << 60});
  file.set_attribute("name", "long_name", "names of features");
  file.set_attribute("", "title", "");
  file.set_attribute("", "split", std::array<std::int64_t, 2>{3, 8});
  file.set_attribute("count", "limits", std::array{0.1, 1e300});
  file.close();
  const auto read = Hdf5File::open(path_);
  EXPECT_EQ(read.read_texts("name"), names);
  EXPECT_EQ(read.read_text("/group/deeper/recipe"), std::string(100000, 'r'));
  EXPECT_EQ(read.read_all<std::int64_t>("count"), (Lengths{1, -2, std::int64_t{1} << 60}));
  EXPECT_EQ(read.text_attribute("name", "long_name"), "names of features");
  EXPECT_EQ(read.text_attribute("", "title"), "");
  EXPECT_EQ(read.number_attribute("", "split"), (std::vector{3.0, 8.0}));
  EXPECT_EQ(read.number_attribute("count", "limits"), (std::vector{0.1, 1e300}));
  EXPECT_EQ(read.text_attribute("", "split"), std::nullopt);
  EXPECT_TRUE(read.number_attribute("", "absent").empty());
  EXPECT_EQ(describe(path_).texts.at("name"), names);
  EXPECT_EQ(describe(path_).find("name")->attributes.at("long_name"), "names of features");
}

TEST_F(Hdf5Header, ChunkOffsetsPointAtTheRows) {
  auto file = Hdf5File::create(path_);
  file.create_dataset<float>("x", {{"column", 7}, {"feature", 2}}, 3);
  std::vector<float> values(14);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) + 0.25F;
  file.write_rows<float>("x", {0, 7}, values);
  file.close();
  const auto offsets = Hdf5File::open(path_).chunk_offsets("x");
  ASSERT_EQ(offsets.size(), 3U);
  std::FILE* bytes = std::fopen(path_.c_str(), "rb");
  ASSERT_NE(bytes, nullptr);
  for (std::size_t chunk = 0; chunk < offsets.size(); ++chunk) {
    float first = 0;
    std::fseek(bytes, static_cast<long>(offsets[chunk]), SEEK_SET);
    ASSERT_EQ(std::fread(&first, sizeof first, 1, bytes), 1U);
    EXPECT_EQ(first, values[6 * chunk]);
  }
  std::fclose(bytes);
}

TEST_F(Hdf5Header, WhatTheFileLacksIsADataErrorNamingIt) {
  auto file = Hdf5File::create(path_);
  file.write_all<double>("x", {{"column", 2}}, std::array{1.0, 2.0});
  const auto expect_error = [&](auto&& work, const std::string& variable) {
    try {
      work();
      FAIL() << variable << " was found";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::data);
      EXPECT_EQ(error.facts().file, path_);
      EXPECT_EQ(error.facts().variable, variable);
    }
  };
  EXPECT_TRUE(file.has("x"));
  EXPECT_FALSE(file.has("absent/deeper"));
  expect_error([&] { static_cast<void>(file.shape("absent")); }, "absent");
  expect_error([&] { static_cast<void>(file.read_texts("x")); }, "x");
  expect_error([&] { static_cast<void>(file.read_all<float>("a/b")); }, "a/b");
}

}  // namespace
}  // namespace colonnade::io
