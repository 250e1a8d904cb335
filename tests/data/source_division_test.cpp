// Splits of described sources: pixels by tile, windows by group and by file, chosen files.
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/netcdf_writer.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>

namespace colonnade::data {
namespace {

using By = DivisionRule::By;

constexpr std::int64_t days = 6, steps_a_day = 4, rows = 5, places = 4;

/// Files step_DAY_STEP.nc of v (y, x) = 1000 step + 10 y + x, where step counts through all days.
class SourceDivision : public testing::Test {
 protected:
  SourceDivision() {
    for (std::int64_t step = 0; step < days * steps_a_day; ++step) {
      files_.push_back(folder_ / fmt::format("step_{}_{:02}.nc", step / steps_a_day, step));
      mpi::agreed_on_root(comm_, "write", [&] { write(files_.back(), step); });
    }
  }
  static void write(const std::string& path, std::int64_t step) {
    io::NetcdfWriter file(path);
    file.dimension("y", rows);
    file.dimension("x", places);
    file.variable<float>("v", {"y", "x"});
    std::vector<float> values;
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t x = 0; x < places; ++x)
        values.push_back(static_cast<float>(1000 * step + 10 * y + x));
    file.write<float>("v", values);
    file.close();
  }
  [[nodiscard]] PrepareOptions options(By by, std::int64_t window, bool by_day) const {
    auto options = small_options(files_, folder_ / "out.h5");
    options.inputs = options.targets = {"v"};
    options.split = {0.5, 0.25, 0.25};
    options.source.emplace();
    auto& form = options.source->form;
    form.sample_dims = {"time", "y", "x"};
    form.window = window;
    form.name_fields = "kind,day,step";
    if (by_day) form.group_by = {"day"};
    options.division.by = by;
    options.division.name_fields = names();
    options.division.group_by = form.group_by;
    return options;
  }
  [[nodiscard]] static NameFields names() { return NameFields::parse("kind,day,step"); }

  /// The splits in which the parts lie that `part_of` tells of a sample's values.
  using PartOf = std::function<std::set<std::int64_t>(std::span<const std::int64_t>)>;
  [[nodiscard]] std::map<std::int64_t, std::set<std::string>> prepared(
      const PrepareOptions& options, std::int64_t samples, const PartOf& parts_of) const {
    prepare(comm_, options, no_progress);
    const auto file = PreparedFile::open(comm_, options.out);
    file.verify();
    EXPECT_EQ(file.columns(), samples);
    const auto x = all_rows(file, "x");
    const std::size_t width = x.size() / static_cast<std::size_t>(file.columns());
    std::set<std::vector<std::int64_t>> distinct;
    std::map<std::int64_t, std::set<std::string>> found;
    for (const char* split : {"train", "validation", "test"}) {
      EXPECT_FALSE(file.split(split).empty()) << split;
      for (auto at = file.split(split).begin; at < file.split(split).end; ++at) {
        const auto first = x.begin() + at * static_cast<std::ptrdiff_t>(width);
        const std::vector<std::int64_t> values(first, first + static_cast<std::ptrdiff_t>(width));
        distinct.insert(values);
        for (const auto part : parts_of(values)) found[part].insert(split);
      }
    }
    EXPECT_EQ(std::ssize(distinct), samples);
    return found;
  }
  [[nodiscard]] std::string refused(const PrepareOptions& options) const {
    const auto error = agreed_error([&] { prepare(comm_, options, no_progress); });
    EXPECT_TRUE(error && error->kind() == base::ErrorKind::usage);
    EXPECT_FALSE(std::filesystem::exists(options.out));
    comm_.barrier();
    return error ? error->what() : "";
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::vector<std::string> files_;
};

std::set<std::int64_t> steps_of(std::span<const std::int64_t> values) {
  std::set<std::int64_t> steps;
  for (const auto value : values) steps.insert(value / 1000);
  return steps;
}

std::set<std::int64_t> days_of(std::span<const std::int64_t> values) {
  std::set<std::int64_t> found;
  for (const auto step : steps_of(values)) found.insert(step / steps_a_day);
  return found;
}

TEST_F(SourceDivision, ATileIsInOneSplitAtAllTimes) {
  auto by_tile = options(By::tile, 1, false);
  by_tile.division.tiles = parse_tiles("y=2,x=3");
  const auto tiles = prepared(by_tile, days * steps_a_day * rows * places, [](auto values) {
    return std::set<std::int64_t>{values[0] % 1000 / 10 / 2 * 10 + values[0] % 10 / 3};
  });
  EXPECT_EQ(tiles.size(), 6U);
  for (const auto& [tile, splits] : tiles) EXPECT_EQ(splits.size(), 1U) << tile;
  EXPECT_EQ(PreparedFile::open(comm_, by_tile.out).groups().count(), 6);
  by_tile.division.tiles = parse_tiles("y=2,lat=3");
  by_tile.out = folder_ / "none.h5";
  EXPECT_NE(refused(by_tile).find("time, y, x"), std::string::npos);
}

TEST_F(SourceDivision, WindowsOfADayAreInOneSplit) {
  const auto found = prepared(options(By::group, 3, true), days * 2 * rows * places, days_of);
  EXPECT_EQ(found.size(), 6U);
  for (const auto& [day, splits] : found) EXPECT_EQ(splits.size(), 1U) << day;
}

TEST_F(SourceDivision, FilesThatWindowsShareAreInOneSplit) {
  const auto found = prepared(options(By::file, 2, true), days * 3 * rows * places, steps_of);
  EXPECT_EQ(found.size(), 24U);
  prepare(comm_, options(By::file, 1, true), no_progress);
  EXPECT_EQ(PreparedFile::open(comm_, folder_ / "out.h5").groups().count(), 24);
  for (const auto& [step, splits] : found) EXPECT_EQ(splits.size(), 1U) << step;
  EXPECT_NE(refused([&] {
              auto all = options(By::file, 2, false);  // each window shares a file with the next
              all.out = folder_ / "none.h5";
              return all;
            }())
                .find("fewer groups"),
            std::string::npos);
}

TEST_F(SourceDivision, ChosenDaysAreTheirSplits) {
  auto chosen = options(By::column, 2, true);
  chosen.division.validation = Where::parse("day=4", names(), "--validation-where");
  chosen.division.test = Where::parse("day=0,5", names(), "--test-where");
  const auto found = prepared(chosen, days * 3 * rows * places, days_of);
  for (std::int64_t day = 0; day < days; ++day)
    EXPECT_EQ(found.at(day), (std::set<std::string>{day == 4               ? "validation"
                                                    : day == 0 || day == 5 ? "test"
                                                                           : "train"}));
}

TEST_F(SourceDivision, AWindowAcrossTheChoiceIsRefused) {
  auto parted = options(By::column, 2, false);
  parted.division.test = Where::parse("step=3..6", names(), "--test-where");
  EXPECT_NE(refused(parted).find("would be parted"), std::string::npos);
}

TEST_F(SourceDivision, IsTheSameOnFewerRanks) {
  auto by_tile = options(By::tile, 1, false);
  by_tile.division.tiles = parse_tiles("y=2,x=3");
  const auto expected = prepare(comm_, by_tile, no_progress).content;
  for (int ranks = 1; ranks < comm_.size(); ++ranks) {
    MPI_Comm part = MPI_COMM_NULL;
    MPI_Comm_split(comm_.handle(), comm_.rank() < ranks ? 0 : 1, 0, &part);
    if (comm_.rank() < ranks) {
      EXPECT_EQ(prepare(mpi::Communicator(part), by_tile, no_progress).content, expected);
    }
    MPI_Comm_free(&part);
  }
  EXPECT_EQ(expected.size(), 16U);
}

}  // namespace
}  // namespace colonnade::data
