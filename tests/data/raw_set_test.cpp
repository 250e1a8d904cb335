#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace colonnade::data {
namespace {

using base::ErrorKind;
using test::RawFormat;
using Names = std::vector<std::string>;

class RawSetTest : public testing::Test {
 protected:
  [[nodiscard]] std::optional<base::Error> error(const Names& files, const Names& variables,
                                                 const std::string& column_dim = "column") const {
    return agreed_error([&] { RawSet::scan(comm_, files, variables, column_dim); });
  }
  /// A file of one variable "x" written on the root.
  [[nodiscard]] std::string file_of(const std::string& name, test::RawVariableSpec variable,
                                    std::int64_t columns) const {
    mpi::agreed_on_root(comm_, "write", [&] {
      test::write_raw_file(folder_ / name, RawFormat::netcdf4, {variable}, 0, columns);
    });
    return folder_ / name;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  Names files_ = make_raw_set(comm_, folder_ / "raw", RawFormat::netcdf4, {5, 7});
};

TEST_F(RawSetTest, ConcatenatesFilesOnEveryRank) {
  const auto set = RawSet::scan(comm_, files_, {"cloud", "zenith"}, "column");
  EXPECT_EQ(set.columns(), 12);
  EXPECT_EQ(set.width(), 13);
  ASSERT_EQ(set.files.size(), 2U);
  EXPECT_EQ(set.files[1].columns, 7);
  EXPECT_EQ(set.files[1].bytes, static_cast<std::int64_t>(std::filesystem::file_size(files_[1])));
  EXPECT_EQ(set.variables[0].shape, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(set.variables[0].units, "m-1");
  EXPECT_TRUE(set.variables[1].shape.empty());
}

TEST_F(RawSetTest, NamesTheFileAndVariableThatIsWrong) {
  const auto narrow = file_of("narrow.nc", {"temperature", {4}}, 5);
  const auto absent = folder_ / "absent.nc";
  struct Case {
    const char* what;
    std::optional<base::Error> error;
    ErrorKind kind;
    std::string file, variable;
  };
  const std::vector<Case> cases{
      {"no files", error({}, {"zenith"}), ErrorKind::usage, "", ""},
      {"absent file", error({files_[0], absent}, {"zenith"}), ErrorKind::storage, absent, ""},
      {"absent variable", error(files_, {"zenith", "salinity"}), ErrorKind::data, files_[0],
       "salinity"},
      {"other shape", error({files_[0], narrow}, {"temperature"}), ErrorKind::data, narrow,
       "temperature"},
      {"column not first", error(files_, {"temperature"}, "temperature_0"), ErrorKind::data,
       files_[0], "temperature"},
      {"no such dimension", error(files_, {"temperature"}, "sample"), ErrorKind::data, files_[0],
       "temperature"},
  };
  for (const auto& c : cases) {
    ASSERT_TRUE(c.error.has_value()) << c.what;
    EXPECT_EQ(c.error->kind(), c.kind) << c.what;
    EXPECT_EQ(c.error->facts().file, c.file) << c.what;
    EXPECT_EQ(c.error->facts().variable, c.variable) << c.what;
  }
  EXPECT_NE(cases[2].error->facts().hint.find("temperature"), std::string::npos)
      << "names what the file has";
}

TEST_F(RawSetTest, TellsOfUnitsThatDifferBetweenTheFiles) {
  const auto other = file_of("other.nc", {"temperature", {5}}, 3), copy = folder_ / "copy.nc";
  const auto write_units = [&](const char* units, std::size_t length) {
    mpi::agreed_on_root(comm_, "write", [&] {
      int file = 0, variable = 0;
      test::check_netcdf(nc_open(other.c_str(), NC_WRITE, &file));
      test::check_netcdf(nc_inq_varid(file, "temperature", &variable));
      test::check_netcdf(nc_put_att_text(file, variable, "units", length, units));
      test::check_netcdf(nc_close(file));
    });
    mpi::agreed_on_root(comm_, "copy", [&] {
      std::filesystem::copy_file(other, copy, std::filesystem::copy_options::overwrite_existing);
    });
    return RawSet::scan(comm_, {files_[0], other, copy, files_[1]}, {"temperature"}, "column");
  };
  EXPECT_NO_THROW(write_units("m-1", 3).expect_alike());
  EXPECT_NO_THROW(write_units("", 0).expect_alike()) << "a file that does not tell";
  const auto set = write_units("degC", 4);
  ASSERT_EQ(set.unlike.size(), 1U) << "once a variable, however many files differ";
  EXPECT_EQ(set.unlike[0].file, other);
  EXPECT_EQ(set.unlike[0].variable, "temperature");
  EXPECT_EQ(set.unlike[0].difference, "degC and m-1");
  EXPECT_THROW(set.expect_alike(), base::Error);
}

TEST_F(RawSetTest, RefusesTextVariablesAndFilesWithoutColumns) {
  const auto texts = file_of("texts.nc", {"x", {3}, NC_CHAR}, 0);
  const auto text = error({texts}, {"x"});
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->kind(), ErrorKind::data);
  EXPECT_EQ(text->sentence(), "not a numeric variable");
  const auto empty = error({file_of("empty.nc", {"x", {3}}, 0)}, {"x"});
  ASSERT_TRUE(empty.has_value());
  EXPECT_EQ(empty->kind(), ErrorKind::data);
}

TEST_F(RawSetTest, AFileWithoutColumnsAmongOthersAddsNone) {
  const auto empty = file_of("empty.nc", {"temperature", {5}}, 0);
  const auto set = RawSet::scan(comm_, {files_[0], empty, files_[1]}, {"temperature"}, "column");
  EXPECT_EQ(set.columns(), 12);
  RawReader reader(comm_, set, {});
  std::vector<float> rows(12 * 5);
  reader.read({0, 12}, rows);
  std::vector<float> expected;
  for (const std::int64_t column : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
    for (const float value : raw_row({"temperature"}, column)) expected.push_back(value);
  EXPECT_EQ(rows, expected);
}

TEST_F(RawSetTest, GivesEachRankAnyColumnsAcrossFiles) {
  const auto set = RawSet::scan(comm_, files_, {"temperature", "flux"}, "column");
  RawReader reader(comm_, set, {});
  // Forwards, then back; the last rank without columns.
  for (const std::int64_t begin : {0, 6, 2}) {
    const bool idle = comm_.size() > 1 && comm_.rank() == comm_.size() - 1;
    const mpi::Range mine = idle ? mpi::Range{} : mpi::Range{begin, begin + 6};
    std::vector<float> rows(static_cast<std::size_t>(mine.size() * 11)), expected;
    reader.read(mine, rows);
    for (auto column = mine.begin; column < mine.end; ++column)
      for (const float value : raw_row({"temperature", "flux"}, column)) expected.push_back(value);
    EXPECT_EQ(rows, expected);
  }
}

}  // namespace
}  // namespace colonnade::data
