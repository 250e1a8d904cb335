// Splits by file, by group of files, by tile and by choice, in prepared files.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/data/division.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

namespace colonnade::data {
namespace {

using By = DivisionRule::By;

/// Ten files of 9 to 18 columns: raw_0.nc ... raw_9.nc; 135 columns.
class Divided : public testing::Test {
 protected:
  Divided() : counts_(10) {
    std::iota(counts_.begin(), counts_.end(), 9);
    files_ = make_raw_set(comm_, folder_ / "raw", test::RawFormat::netcdf4, counts_);
  }
  [[nodiscard]] PrepareOptions options(By by) const {
    auto options = small_options(files_, folder_ / "out.h5");
    options.division.by = by;
    options.division.name_fields = NameFields::parse("kind,number");
    options.split = {0.6, 0.2, 0.2};
    return options;
  }
  [[nodiscard]] std::int64_t file_of(std::int64_t column) const {
    std::int64_t file = 0;
    while (column >= counts_[static_cast<std::size_t>(file)])
      column -= counts_[static_cast<std::size_t>(file++)];
    return file;
  }
  [[nodiscard]] static Where where(const std::string& text, const std::string& option) {
    return Where::parse(text, NameFields::parse("kind,number"), option);
  }
  /// Prepares and checks what holds for all: each column once, no group in two splits. Returns the
  /// files of each split.
  [[nodiscard]] std::map<std::string, std::set<std::int64_t>> prepared(
      const PrepareOptions& options, std::int64_t columns = 135) const {
    const auto report = prepare(comm_, options, no_progress);
    const auto file = PreparedFile::open(comm_, options.out);
    file.verify();
    EXPECT_EQ(file.content(), report.content);
    EXPECT_EQ(file.columns(), columns);
    EXPECT_EQ(report.groups, file.groups().count());
    const auto sources = file.source_columns({0, file.columns()});
    EXPECT_EQ(std::set<std::int64_t>(sources.begin(), sources.end()).size(), sources.size());
    std::map<std::string, std::set<std::int64_t>> files;
    std::map<std::int64_t, std::string> split_of_group;
    for (const char* split : {"train", "validation", "test"})
      for (auto at = file.split(split).begin; at < file.split(split).end; ++at) {
        const auto column = sources.at(static_cast<std::size_t>(at));
        files[split].insert(file_of(column));
        const auto group = file.groups().of(column);
        EXPECT_EQ(split_of_group.emplace(group, split).first->second, split) << column;
      }
    return files;
  }
  [[nodiscard]] std::string refused(const PrepareOptions& options) const {
    const auto error = agreed_error([&] { prepare(comm_, options, no_progress); });
    EXPECT_TRUE(error.has_value());
    if (!error) return {};
    EXPECT_EQ(error->kind(), base::ErrorKind::usage);
    EXPECT_FALSE(std::filesystem::exists(options.out));
    comm_.barrier();
    return error->what();
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::int64_t> counts_;
  std::vector<std::string> files_;
};

TEST_F(Divided, ByFilePartsNoFile) {
  const auto files = prepared(options(By::file));
  EXPECT_EQ(files.at("train").size() + files.at("validation").size() + files.at("test").size(),
            10U);
  const auto file = PreparedFile::open(comm_, folder_ / "out.h5");
  EXPECT_EQ(file.groups().count(), 10);
  EXPECT_EQ(file.groups().ids().size(), 10U);
  EXPECT_EQ(file.split_by(), "file");
  EXPECT_NEAR(static_cast<double>(file.split("train").size()), 0.6 * 135, 9);
  EXPECT_NEAR(static_cast<double>(file.split("test").size()), 0.2 * 135, 9);
}

TEST_F(Divided, ByGroupPartsNoGroup) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    paths.push_back(folder_ / ("day" + std::to_string(i % 4) + "_" + std::to_string(i) + ".nc"));
    if (comm_.is_root()) std::filesystem::copy_file(files_[i], paths.back());
  }
  comm_.barrier();
  auto by_day = options(By::group);
  by_day.files = paths;
  by_day.division.group_by = {"kind"};
  const auto files = prepared(by_day);
  const auto file = PreparedFile::open(comm_, by_day.out);
  EXPECT_EQ(file.groups().count(), 4);
  EXPECT_EQ(file.split_by(), "group kind");
  for (std::int64_t column = 0; column < 135; ++column)
    EXPECT_EQ(file.groups().of(column), file_of(column) % 4);
  EXPECT_EQ(files.size(), 3U);
}

TEST_F(Divided, ByTilePartsNoTile) {
  auto by_tile = options(By::tile);
  by_tile.division.tiles = parse_tiles("column=20");
  static_cast<void>(prepared(by_tile));
  const auto file = PreparedFile::open(comm_, by_tile.out);
  EXPECT_EQ(file.groups().count(), 7);
  EXPECT_EQ(file.groups().of(19), 0);
  EXPECT_EQ(file.groups().of(134), 6);
  EXPECT_EQ(file.split_by(), "tile column=20");
}

TEST_F(Divided, ByChoiceTakesTheFilesThatAreNamed) {
  auto chosen = options(By::column);
  chosen.division.validation = where("number=8", "--validation-where");
  chosen.division.test = where("number=2..3,9", "--test-where");
  const auto files = prepared(chosen);
  EXPECT_EQ(files.at("train"), (std::set<std::int64_t>{0, 1, 4, 5, 6, 7}));
  EXPECT_EQ(files.at("validation"), (std::set<std::int64_t>{8}));
  EXPECT_EQ(files.at("test"), (std::set<std::int64_t>{2, 3, 9}));
  EXPECT_EQ(PreparedFile::open(comm_, chosen.out).groups().count(), 10);
}

TEST_F(Divided, LeavesDroppedColumnsOut) {
  mpi::agreed_on_root(comm_, "poke", [&] {
    for (const std::size_t column : {0, 3, 9})
      test::poke(files_[4], "temperature", column, 0, std::nan(""));
    test::poke(files_[9], "temperature", 17, 0, std::nan(""));
  });
  auto dropping = options(By::file);
  dropping.missing.kind = MissingPolicy::Kind::drop;
  for (const bool shuffles : {true, false}) {
    dropping.shuffle = shuffles;
    static_cast<void>(prepared(dropping, 131));
  }
}

TEST_F(Divided, IsTheSameOnFewerRanksAndInAnyMemory) {
  auto by_file = options(By::file);
  const auto expected = prepare(comm_, by_file, no_progress).content;
  for (int ranks = 1; ranks <= comm_.size(); ++ranks) {
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(comm_.handle(), comm_.rank() < ranks ? 0 : 1, 0, &part);
    if (comm_.rank() < ranks)
      for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30}) {
        by_file.memory_bytes = memory;
        EXPECT_EQ(prepare(mpi::Communicator(part), by_file, no_progress).content, expected);
      }
    MPI_Comm_free(&part);
  }
  EXPECT_NE(prepare(comm_, options(By::column), no_progress).content, expected);
}

TEST_F(Divided, GroupsArePartOfTheContent) {
  auto one = options(By::tile), other = one;
  one.split = other.split = {1.0, 0.0, 0.0};
  one.shuffle = other.shuffle = false;
  one.division.tiles = parse_tiles("column=20");
  other.division.tiles = parse_tiles("column=21");
  const auto content = prepare(comm_, one, no_progress).content;
  EXPECT_NE(prepare(comm_, other, no_progress).content, content);
}

TEST_F(Divided, ColumnByColumnKeepsNoGroups) {
  const auto report = prepare(comm_, options(By::column), no_progress);
  const auto file = PreparedFile::open(comm_, folder_ / "out.h5");
  EXPECT_TRUE(file.groups().empty());
  EXPECT_EQ(file.split_by(), "");
  EXPECT_EQ(report.groups, 0);
}

TEST_F(Divided, AnNpyStackHasTheSameContentAndTheGroups) {
  auto stack = options(By::file);
  const auto expected = prepare(comm_, stack, no_progress).content;
  stack.npy = true;
  stack.out = folder_ / "stack";
  EXPECT_EQ(prepare(comm_, stack, no_progress).content, expected);
  std::ifstream text(folder_ / "stack" + "/metadata.json");
  const auto metadata = nlohmann::json::parse(text);
  EXPECT_EQ(metadata.at("groups").at("id").size(), 10U);
  EXPECT_EQ(metadata.at("groups").at("raw_columns"), 135);
  EXPECT_EQ(metadata.at("split_by"), "file");
}

TEST_F(Divided, RefusesWhatDoesNotFit) {
  auto no_field = options(By::group);
  no_field.division.group_by = {"day"};
  EXPECT_NE(refused(no_field).find("kind, number"), std::string::npos);
  auto no_dimension = options(By::tile);
  no_dimension.division.tiles = parse_tiles("y=3");
  EXPECT_NE(refused(no_dimension).find("along column"), std::string::npos);
  auto one_group = options(By::group);
  one_group.division.group_by = {"kind"};
  EXPECT_NE(refused(one_group).find("fewer groups"), std::string::npos);
  auto nothing = options(By::column);
  nothing.division.test = where("number=12", "--test-where");
  EXPECT_NE(refused(nothing).find("--test-where leaves no file"), std::string::npos);
  auto twice = options(By::column);
  twice.division.validation = where("number=1..3", "--validation-where");
  twice.division.test = where("number=3..5", "--test-where");
  EXPECT_NE(refused(twice).find("raw_3.nc"), std::string::npos);
  auto parted = options(By::column);
  parted.division.group_by = {"kind"};
  parted.division.test = where("number=3", "--test-where");
  EXPECT_NE(refused(parted).find("parted"), std::string::npos);
  auto all = options(By::column);
  all.normalisation = Normalisation::zscore;
  all.division.test = where("number=0..9", "--test-where");
  EXPECT_NE(refused(all).find("training split is empty"), std::string::npos);
}

}  // namespace
}  // namespace colonnade::data
