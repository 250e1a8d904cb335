// Targets that tell classes, seen in the prepared file.
#include "data/class_files.hpp"
#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <numeric>
#include <set>

namespace colonnade::data {
namespace {

using Kind = Classes::Kind;
using Form = Classes::Form;

constexpr std::int64_t columns = 97;

std::vector<float> one_hot(std::int64_t column) {
  std::vector<float> row(3);
  row[static_cast<std::size_t>(test::class_number(column))] = 1.0F;
  return row;
}

std::vector<float> many_hot(std::int64_t column) {
  std::vector<float> row(6);
  for (const auto label : test::labels_of(column)) row[static_cast<std::size_t>(label)] = 1.0F;
  return row;
}

class PrepareClasses : public testing::Test {
 protected:
  PrepareClasses() {
    mpi::agreed_on_root(comm_, "write", [&] {
      test::write_class_file(folder_ / "raw_0.nc", 0, 60);
      test::write_class_file(folder_ / "raw_1.nc", 60, columns - 60);
    });
  }
  [[nodiscard]] PrepareOptions options(const std::string& target, const std::string& classes,
                                       Kind kind = Kind::one) const {
    auto options = small_options({folder_ / "raw_0.nc", folder_ / "raw_1.nc"}, folder_ / "out.h5");
    options.inputs = {"t"};
    options.targets = {target};
    options.normalisation = Normalisation::zscore;
    options.classes = ClassRequest::parse(classes, kind);
    return options;
  }
  /// Prepares and compares each row, the statistics and the counts with what the columns are of.
  Recipe expect_rows(const PrepareOptions& options,
                     const std::function<std::vector<float>(std::int64_t)>& expected) {
    report_ = prepare(comm_, options, no_progress);
    const auto file = PreparedFile::open(comm_, options.out);
    const auto& y = file.recipe().array("y");
    const std::size_t width = y.places.size();
    const auto rows = all_rows(file, "y");
    const auto sources = file.source_columns({0, columns});
    std::vector<std::vector<std::uint64_t>> counts(3, std::vector<std::uint64_t>(width));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::vector<float> row(rows.begin() + static_cast<long>(i * width),
                                   rows.begin() + static_cast<long>((i + 1) * width));
      EXPECT_EQ(row, expected(sources[i])) << "column " << sources[i];
      for (std::size_t s = 0; s < 3; ++s)
        if (report_.splits[s].columns.contains(static_cast<std::int64_t>(i)))
          for (std::size_t c = 0; c < width; ++c) counts[s][c] += row[c] > 0 ? 1 : 0;
    }
    EXPECT_EQ(std::set<std::int64_t>(sources.begin(), sources.end()).size(),
              static_cast<std::size_t>(columns));
    EXPECT_EQ(report_.class_counts, counts);
    for (std::size_t c = 0; c < width; ++c) {
      EXPECT_EQ(y.encoding.offset[c], 0.0);
      EXPECT_EQ(y.encoding.scale[c], 1.0);
      EXPECT_NEAR(
          y.encoding.statistics.mean[c],
          static_cast<double>(counts[0][c]) / static_cast<double>(file.split("train").size()),
          1e-12);
    }
    return file.recipe();
  }
  void expect_error(const PrepareOptions& options, base::ErrorKind kind,
                    const std::string& part) const {
    const auto found = agreed_error([&] { prepare(comm_, options, no_progress); });
    ASSERT_TRUE(found.has_value()) << part;
    EXPECT_EQ(found->kind(), kind) << found->what();
    EXPECT_NE(std::string(found->what()).find(part), std::string::npos) << found->what();
    comm_.barrier();
    EXPECT_EQ(folder_.entries(), 2) << "the raw files alone";
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  PrepareReport report_;
};

TEST_F(PrepareClasses, ValuesOfAMaskAreClassesByTheirNamesAndRanges) {
  const auto recipe = expect_rows(
      options("mask", "clear: 100, cloud: 200..210 211..245, no retrieval: 150..153"), one_hot);
  ASSERT_TRUE(recipe.classes.has_value());
  EXPECT_EQ(recipe.classes->form, Form::sparse);
  EXPECT_EQ(recipe.classes->classes[2].name, "no retrieval");
  EXPECT_EQ(recipe.array("y").encoding.features[1].name, "cloud");
  EXPECT_EQ(recipe.array("y").encoding.features[1].units, "1");
  EXPECT_EQ(Recipe::from_text(recipe.text(), "").classes, recipe.classes);
}

TEST_F(PrepareClasses, AStarTakesWhatNoOtherClassHas) {
  expect_rows(options("mask", "fire: 1..50, clear: 100, rest: *"), [](std::int64_t column) {
    const bool is_clear = test::class_number(column) == 0;
    return std::vector<float>{0.0F, is_clear ? 1.0F : 0.0F, is_clear ? 0.0F : 1.0F};
  });
  EXPECT_EQ(report_.constant_features, std::vector<std::string>{"fire"});
}

TEST_F(PrepareClasses, NumbersTakeTheNamesOfTheFlags) {
  const auto named = expect_rows(options("kind", "3"), one_hot);
  EXPECT_EQ(named.array("y").encoding.features[0].name, "clear");
  EXPECT_EQ(named.array("y").encoding.features[1].name, "fire");
  EXPECT_EQ(named.array("y").encoding.features[2].name, "cloud");
  auto more = options("kind", "4");
  const auto numbered = expect_rows(more, [](std::int64_t column) {
    auto row = one_hot(column);
    row.push_back(0.0F);
    return row;
  });
  EXPECT_EQ(numbered.array("y").encoding.features[2].name, "2") << "flags of three values";
  const auto given = expect_rows(options("kind", "a, b, c"), one_hot);
  EXPECT_EQ(given.array("y").encoding.features[2].name, "c");
}

TEST_F(PrepareClasses, AValueForEachClassIsDense) {
  const auto recipe = expect_rows(options("one_hot", "3"), one_hot);
  EXPECT_EQ(recipe.classes->form, Form::dense);
  const auto many = expect_rows(options("many_hot", "6", Kind::many), many_hot);
  EXPECT_EQ(many.classes->form, Form::dense);
  EXPECT_EQ(many.classes->kind, Kind::many);
}

TEST_F(PrepareClasses, ListsOfLabelsAreFilledUpWithMissingValues) {
  for (const std::uint64_t memory :
       {std::uint64_t{1}, std::uint64_t{2000}, std::uint64_t{1} << 30}) {
    auto asked = options("labels", "6", Kind::many);
    asked.memory_bytes = memory;
    const auto recipe = expect_rows(asked, many_hot);
    EXPECT_EQ(recipe.classes->form, Form::sparse);
    for (const auto policy : {MissingPolicy::Kind::drop, MissingPolicy::Kind::fill}) {
      asked.missing = {policy, 3.0F};
      expect_rows(asked, many_hot);
      EXPECT_EQ(report_.dropped, 0) << "no label at all is no missing value";
    }
  }
  expect_rows(options("labels", "a: 0, b: 1..3, c: *", Kind::many), [](std::int64_t column) {
    std::vector<float> row(3);
    for (const auto label : test::labels_of(column)) row[label == 0 ? 0 : label < 4 ? 1 : 2] = 1.0F;
    return row;
  });
}

TEST_F(PrepareClasses, AMissingClassIsAMissingValue) {
  mpi::agreed_on_root(comm_, "poke", [&] { test::poke(folder_ / "raw_1.nc", "mask", 5, 0, -99); });
  auto asked = options("mask", "clear: 100, rest: *");
  expect_error(asked, base::ErrorKind::data, "missing value");
  asked.missing = {MissingPolicy::Kind::drop, 0.0F};
  EXPECT_EQ(prepare(comm_, asked, no_progress).dropped, 1);
}

TEST_F(PrepareClasses, AValueOfNoClassIsNamedWithItsPlace) {
  const auto found = agreed_error(
      [&] { prepare(comm_, options("mask", "clear: 100, cloud: 200..245"), no_progress); });
  ASSERT_TRUE(found.has_value());
  std::int64_t column = 0;
  while (test::class_number(column) != 2) ++column;
  EXPECT_EQ(found->kind(), base::ErrorKind::data);
  EXPECT_EQ(found->facts().file, folder_ / "raw_0.nc");
  EXPECT_EQ(found->facts().variable, "mask");
  EXPECT_EQ(found->facts().column, column);
  EXPECT_EQ(found->facts().value, std::to_string(test::mask_code(column)));
  EXPECT_NE(found->facts().hint.find("rest: *"), std::string::npos);
  auto second = options("mask", "clear: 100, cloud: 200..245");
  second.files = {folder_ / "raw_1.nc"};
  const auto alone = agreed_error([&] { prepare(comm_, second, no_progress); });
  ASSERT_TRUE(alone.has_value());
  for (column = 60; test::class_number(column) != 2;) ++column;
  EXPECT_EQ(alone->facts().column, column - 60) << "counted within the file";
}

TEST_F(PrepareClasses, WhatCannotBeIsOneClearError) {
  using base::ErrorKind;
  expect_error(options("labels", "5", Kind::many), ErrorKind::data, "belongs to no class (5)");
  expect_error(options("many_hot", "6"), ErrorKind::data, "not belong to exactly one class (0");
  expect_error(options("labels", "4", Kind::many), ErrorKind::data, "missing value");
  expect_error(options("t", "2"), ErrorKind::data, "holds 0 and 1 alone");
  expect_error(options("labels", "3"), ErrorKind::data, "neither one value nor one for each class");
  expect_error(options("labels", "a: 0, b: *"), ErrorKind::data, "several values");
  auto two = options("kind", "3");
  two.targets = {"kind", "mask"};
  expect_error(two, ErrorKind::usage, "--classes wants one target (kind, mask)");
  auto transformed = options("kind", "3");
  transformed.transforms = parse_transforms("kind=log1p");
  expect_error(transformed, ErrorKind::usage, "has no transform");
  auto levels = options("kind", "3");
  levels.layout = "levels";
  expect_error(levels, ErrorKind::usage, "work on the flat layout");
}

TEST(ClassRequest, RefusesWhatIsNoListOfClasses) {
  for (const char* text : {"1", "0", "-3", "2.5", "1e9", "a", "a,", "a,,b", "a: 1, b", "a: 1, a: 2",
                           "a: 1, b: 1", "a: 1..5, b: 3..8", "a: 5..1, b: 9", "a: *, b: *",
                           "a:, b: 1", "a: x, b: 1", "a: 1..x, b: 9", "a: nan, b: 1", ": 1, b: 2"})
    EXPECT_THROW(ClassRequest::parse(text, Kind::one), base::Error) << text;
  EXPECT_EQ(ClassRequest::parse("1", Kind::many).classes.size(), 1U);
  const auto request = ClassRequest::parse(" sea : -1.5..2 7,land:*", Kind::one);
  ASSERT_EQ(request.classes.size(), 2U);
  EXPECT_EQ(request.classes[0].name, "sea");
  EXPECT_EQ(request.classes[0].values, (std::vector<Classes::Interval>{{-1.5, 2.0}, {7.0, 7.0}}));
  EXPECT_TRUE(request.classes[1].values.empty());
}

}  // namespace
}  // namespace colonnade::data
