// Where data are missing, and what prepare makes of it under each policy.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/data/missing_index.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace colonnade::data {
namespace {

using test::RawFormat;
using Kind = MissingPolicy::Kind;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr short fill = -9999;
const std::vector<std::string> inputs{"temperature", "zenith", "cloud", "co2"};
const std::vector<std::string> all_names{"temperature", "zenith", "cloud", "co2", "flux", "rate"};

/// Makes values of a column missing: `count` from the first on.
void make_missing(const std::string& path, const char* variable, std::size_t column,
                  std::vector<std::size_t> counts) {
  int file = 0, id = 0;
  test::check_netcdf(nc_open(path.c_str(), NC_WRITE, &file));
  test::check_netcdf(nc_inq_varid(file, variable, &id));
  std::vector<std::size_t> start(counts.size() + 1, 0), count{1};
  start.front() = column;
  count.insert(count.end(), counts.begin(), counts.end());
  const std::vector<double> values(12, std::string(variable) == "cloud" ? fill : nan);
  test::check_netcdf(nc_put_vara_double(file, id, start.data(), count.data(), values.data()));
  test::check_netcdf(nc_close(file));
}

/// Of 97 columns in two files, 4, 33 and 60 lack some values, 69 to 71 all inputs, and 71 a target.
class Missing : public testing::Test {
 protected:
  Missing() {
    mpi::agreed_on_root(comm_, "write", [&] {
      auto variables = test::small_variables();
      variables[2].fill_value = fill;
      const auto files =
          test::write_raw_set(folder_ / "raw", RawFormat::netcdf4, variables, {50, 47});
      make_missing(files[0], "temperature", 4, {2});
      make_missing(files[0], "rate", 4, {});
      test::poke(files[0], "flux", 33, 2, NC_FILL_FLOAT);
      make_missing(files[1], "cloud", 10, {1, 3});
      for (const std::size_t column : {19U, 20U, 21U}) {
        make_missing(files[1], "temperature", column, {5});
        make_missing(files[1], "zenith", column, {});
        make_missing(files[1], "cloud", column, {3, 4});
        make_missing(files[1], "co2", column, {2});
      }
      make_missing(files[1], "rate", 21, {});
    });
  }
  [[nodiscard]] PrepareOptions options(const std::string& policy) const {
    auto options = small_options({folder_ / "raw_0.nc", folder_ / "raw_1.nc"}, folder_ / "out.h5");
    options.missing = MissingPolicy::parse(policy);
    return options;
  }
  [[nodiscard]] RawSet scan() const {
    return RawSet::scan(comm_, options("fail").files, all_names, "column");
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  const PresenceCounts counts_{91, 3, 3};
};

TEST_F(Missing, TheIndexHasEachRunOfColumnsThatLackTheSame) {
  const auto index = index_missing(comm_, scan(), inputs.size(), no_progress);
  EXPECT_EQ(index.counts, counts_);
  ASSERT_EQ(index.runs.size(), 5U);
  const std::vector<mpi::Range> columns{{4, 5}, {33, 34}, {60, 61}, {69, 71}, {71, 72}};
  const std::vector<std::vector<std::int64_t>> missing{{2, 0, 0, 0, 0, 1},
                                                       {0, 0, 0, 0, 1, 0},
                                                       {0, 0, 3, 0, 0, 0},
                                                       {5, 1, 12, 2, 0, 0},
                                                       {5, 1, 12, 2, 0, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(index.runs[i].columns, columns[i]);
    EXPECT_EQ(index.runs[i].missing, missing[i]);
    EXPECT_EQ(index.runs[i].presence, i < 3 ? Presence::some : Presence::none);
  }
}

TEST_F(Missing, ItsTextTellsFilesCountsAndPlaces) {
  const auto set = scan();
  const auto text = index_missing(comm_, set, inputs.size(), no_progress).text(set);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("samples"), 97);
  EXPECT_EQ(json.at("all"), 91);
  EXPECT_EQ(json.at("some"), 3);
  EXPECT_EQ(json.at("none"), 3);
  EXPECT_EQ(json.at("dimensions").at(0).at("name"), "column");
  EXPECT_EQ(json.at("files").at(1), folder_ / "raw_1.nc");
  EXPECT_EQ(json.at("parts").at(1), (nlohmann::json{{"begin", 50}, {"end", 97}, {"files", {1}}}));
  EXPECT_EQ(json.at("variables").at(2).at("missing"), 3 + 3 * 12);
  EXPECT_EQ(json.at("variables").at(3).at("is_input"), true);
  EXPECT_EQ(json.at("variables").at(4).at("is_input"), false);
  EXPECT_EQ(json.at("none_at").size(), 2U);
  EXPECT_EQ(json.at("none_at").at(0).at("end"), 71);
  EXPECT_EQ(
      json.at("some_at").at(0),
      (nlohmann::json{{"begin", 4}, {"end", 5}, {"missing", {{"temperature", 2}, {"rate", 1}}}}));
}

TEST_F(Missing, EveryPolicyCountsAsTheIndexDoes) {
  const std::set<std::int64_t> some{4, 33, 60}, none{69, 70, 71};
  for (const std::uint64_t memory : {std::uint64_t{1}, std::uint64_t{1} << 30})
    for (const std::string policy : {"drop-any", "drop", "drop-all,fill=-1.5", "fill=-1.5"}) {
      auto asked = options(policy);
      asked.memory_bytes = memory;
      const auto report = prepare(comm_, asked, no_progress);
      EXPECT_EQ(report.presence, counts_) << policy;
      const std::int64_t dropped = policy[0] == 'f' ? 0 : policy == "drop-all,fill=-1.5" ? 3 : 6;
      EXPECT_EQ(report.dropped, dropped) << policy;
      const auto file = PreparedFile::open(comm_, asked.out);
      ASSERT_EQ(file.columns(), 97 - dropped);
      const auto sources = file.source_columns({0, file.columns()});
      const auto x = all_rows(file, "x"), y = all_rows(file, "y");
      std::ptrdiff_t filled = std::count(x.begin(), x.end(), -1.5F);
      filled += std::count(y.begin(), y.end(), -1.5F);
      EXPECT_EQ(filled, dropped == 6 ? 0 : dropped == 3 ? 7 : 7 + 61) << policy;
      for (const auto source : sources) {
        EXPECT_FALSE(dropped >= 3 && none.contains(source)) << policy << ' ' << source;
        EXPECT_FALSE(dropped == 6 && some.contains(source)) << policy << ' ' << source;
      }
      for (const float value : x) ASSERT_TRUE(std::isfinite(value));
      for (const float value : y) ASSERT_TRUE(std::isfinite(value));
    }
}

TEST_F(Missing, DropAllNamesWhatItLeavesAndDoesNotFill) {
  const auto found = agreed_error([&] { prepare(comm_, options("drop-all"), no_progress); });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind(), base::ErrorKind::data);
  EXPECT_EQ(found->facts().file, folder_ / "raw_0.nc");
  EXPECT_EQ(found->facts().variable, "temperature");
  EXPECT_EQ(found->facts().column, 4);
  EXPECT_NE(found->facts().hint.find("drop-all,fill="), std::string::npos);
  comm_.barrier();
  EXPECT_EQ(folder_.entries(), 2) << "the raw files alone";
  auto filling = options("drop-all");
  filling.transforms = parse_transforms("temperature=fill:0 cloud=fill:0 flux=fill:0 rate=fill:0");
  const auto report = prepare(comm_, filling, no_progress);
  EXPECT_EQ(report.dropped, 3) << "zenith and co2 are all that can be missing";
  EXPECT_EQ(report.presence, (PresenceCounts{94, 0, 3}));
}

TEST(MissingPolicy, ReadsItsFormsAndNoOther) {
  EXPECT_EQ(MissingPolicy::parse("drop-any").kind, Kind::drop);
  EXPECT_EQ(MissingPolicy::parse("drop-all").kind, Kind::drop_all);
  EXPECT_FALSE(MissingPolicy::parse("drop-all").fills_rest);
  const auto both = MissingPolicy::parse("drop-all,fill=-2");
  EXPECT_EQ(both.kind, Kind::drop_all);
  EXPECT_TRUE(both.fills_rest);
  EXPECT_EQ(both.fill, -2.0F);
  for (const char* text : {"drop-all,", "drop-all,fill", "drop-allfill", "drop-all,drop-any",
                           "drop-any,fill=1", "drop-all,fill=nan", "drop-"})
    EXPECT_THROW(MissingPolicy::parse(text), base::Error) << text;
}

}  // namespace
}  // namespace colonnade::data
