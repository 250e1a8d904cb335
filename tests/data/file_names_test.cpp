#include <colonnade/base/error.hpp>
#include <colonnade/data/file_groups.hpp>
#include <colonnade/data/file_names.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

/// The message of the usage error that the work must throw.
std::string refused(const std::function<void()>& work) {
  try {
    work();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(NameFields, TakesThePartsBetweenUnderscores) {
  const auto names = NameFields::parse("product, year,day,hour");
  EXPECT_EQ(names.names(), (std::vector<std::string>{"product", "year", "day", "hour"}));
  const auto fields = names.of("data/some_folder/FDCC_2018_317_05_more_parts.nc");
  EXPECT_EQ(fields,
            (Fields{{"product", "FDCC"}, {"year", "2018"}, {"day", "317"}, {"hour", "05"}}));
}

TEST(NameFields, LeavesLaterFieldsEmptyAndSkipsParts) {
  const auto names = NameFields::parse("a,-,c,d");
  EXPECT_EQ(names.of("one_two_three.v2.h5"), (Fields{{"a", "one"}, {"c", "three.v2"}, {"d", ""}}));
  EXPECT_EQ(names.of("one_two_three.nc.gz").at("c"), "three");
}

TEST(NameFields, ComparesATemplateWithTheEndOfThePath) {
  const auto folders = NameFields::parse("{product}/{year}/{day}/{hour}/*");
  const Fields wanted{{"product", "FDCC"}, {"year", "2018"}, {"day", "317"}, {"hour", "05"}};
  EXPECT_EQ(folders.of("/data/goes/FDCC/2018/317/05/x_y.nc"), wanted);
  EXPECT_EQ(folders.of("FDCC/2018/317/05/x"), wanted);
  const auto low = NameFields::parse("E3SM-MMF.{kind}.{date}.nc");
  EXPECT_EQ(low.of("train/0001-02/E3SM-MMF.mlo.0001-02-01-03600.nc"),
            (Fields{{"kind", "mlo"}, {"date", "0001-02-01-03600"}}));
}

TEST(NameFields, FieldsOfATemplateTakeAsLittleAsTheyCan) {
  const auto names = NameFields::parse("OR_ABI-{level}-{product}-M6{band}_G17_s{start}_*");
  EXPECT_EQ(
      names.of("goes/OR_ABI-L1b-RadC-M6C04_G17_s20193002001196_e2019_c20.nc"),
      (Fields{
          {"level", "L1b"}, {"product", "RadC"}, {"band", "C04"}, {"start", "20193002001196"}}));
  EXPECT_EQ(NameFields::parse("{a}_{b}").of("x_y_z"), (Fields{{"a", "x"}, {"b", "y_z"}}));
}

TEST(NameFields, ReadsTheLettersOfATemplateAsTheyAre) {
  const auto names = NameFields::parse("a.b+({x}).nc");
  EXPECT_EQ(names.of("a.b+(7).nc").at("x"), "7");
  EXPECT_TRUE(has(refused([&] { static_cast<void>(names.of("aXb+(7).nc")); }), "aXb+(7).nc"));
}

TEST(NameFields, NamesTheFileThatDoesNotMatchAndTheTemplate) {
  const auto names = NameFields::parse("{year}/{day}.nc");
  for (const char* path : {"317.nc", "2018/317.nc4"}) {
    const auto text = refused([&] { static_cast<void>(names.of(path)); });
    EXPECT_TRUE(has(text, path) && has(text, "{year}/{day}.nc")) << text;
  }
  EXPECT_EQ(names.of("a/2018/317.nc").at("year"), "2018");
  EXPECT_EQ(names.of("2018/.nc").at("day"), "");
}

TEST(NameFields, RefusesWhatIsNoList) {
  for (const char* text : {"", "a,,b", "a,a", "a b", "{a", "{}", "{a}{a}", "a,{b}/{b}"})
    EXPECT_TRUE(has(refused([&] { NameFields::parse(text); }), "--name-fields")) << text;
}

const NameFields& goes() {
  static const auto names = NameFields::parse("product,year,day");
  return names;
}

TEST(Where, TakesEqualTextsListsAndRanges) {
  const auto where = Where::parse(" year=2018  day=317..318,5 product=FDCC,ACM", goes(), "--where");
  const auto matches = [&](const char* path) { return where.matches(goes().of(path)); };
  EXPECT_TRUE(matches("FDCC_2018_317.nc"));
  EXPECT_TRUE(matches("ACM_2018_318.nc"));
  EXPECT_TRUE(matches("ACM_2018_317.5.nc"));
  EXPECT_TRUE(matches("ACM_2018_005.nc"));
  EXPECT_FALSE(matches("ACM_2018_319.nc"));
  EXPECT_FALSE(matches("ACM_2018_51.nc"));
  EXPECT_FALSE(matches("ACM_2018.nc"));
  EXPECT_FALSE(matches("ACMF_2018_317.nc"));
  EXPECT_FALSE(matches("ACM_2019_317.nc"));
  EXPECT_FALSE(matches("ACM_2018_today.nc"));
}

TEST(Where, KeepsThePathsInTheirOrder) {
  const std::vector<std::string> paths{"b_2_1.nc", "a_1_9.nc", "a_2_3.nc", "c_2_2.nc"};
  EXPECT_EQ(Where::parse("year=2", goes(), "--where").filter(paths, goes()),
            (std::vector<std::string>{"b_2_1.nc", "a_2_3.nc", "c_2_2.nc"}));
}

TEST(Where, SaysWhichConditionTookTheLastFile) {
  const std::vector<std::string> paths{"b_2_1.nc", "a_1_9.nc", "a_2_3.nc"};
  const auto where = Where::parse("product=a day=1..2 year=1", goes(), "--test-where");
  const auto text = refused([&] { static_cast<void>(where.filter(paths, goes())); });
  EXPECT_TRUE(has(text, "--test-where leaves no file") && has(text, "day=1..2")) << text;
  EXPECT_TRUE(has(text, "3, 9")) << text;
}

TEST(Where, RefusesUnknownFieldsAndWhatIsNoCondition) {
  const auto text = refused([&] { Where::parse("yeer=2018", goes(), "--where"); });
  EXPECT_TRUE(has(text, "yeer") && has(text, "did you mean year") &&
              has(text, "product, year, day"))
      << text;
  for (const char* words : {"", "year", "=3", "year=5..3", "year=a..b", "year=5.."})
    EXPECT_TRUE(has(refused([&] { Where::parse(words, goes(), "--where"); }), "FIELD=VALUES"))
        << words;
}

TEST(FileGroups, AreInTheOrderOfTheirKeys) {
  const std::vector<std::string> paths{"x_2019_9.nc", "x_2018_100.nc", "y_2018_20.nc",
                                       "y_2018_b.nc", "x_2018_20.nc",  "y_2018_a.nc"};
  const auto groups = group_files(paths, goes(), {"year", "day"});
  EXPECT_EQ(groups.keys,
            (std::vector<std::string>{"2018/20", "2018/100", "2018/a", "2018/b", "2019/9"}));
  EXPECT_EQ(groups.of_file, (std::vector<std::int64_t>{4, 1, 0, 3, 0, 2}));
  EXPECT_TRUE(has(refused([&] { group_files(paths, goes(), {"month"}); }), "--group-by"));
}

TEST(Labels, AreThoseOfTheLongestKey) {
  const auto labels = Labels::parse("2018/317: 1, 2018 : -0.5,2019/7:2");
  EXPECT_EQ(labels.of({"2018/317/05", "2018/31", "2018", "2019/007"}),
            (std::vector<double>{1.0, -0.5, -0.5, 2.0}));
}

TEST(Labels, NamesAGroupWithoutLabelAndALabelWithoutFile) {
  const auto labels = Labels::parse("2018/317: 1, 2019: 0");
  const auto none = refused([&] {
    static_cast<void>(labels.of({"2018/317", "2018/3", "2019/1"}));
  });
  EXPECT_TRUE(has(none, "has none") && has(none, "(2018/3)")) << none;
  const auto text = refused([&] { static_cast<void>(labels.of({"2018/317"})); });
  EXPECT_TRUE(has(text, "matches no file") && has(text, "2019")) << text;
}

TEST(Labels, RefusesWhatIsNoLabel) {
  for (const char* text : {"", "2018", "2018:", "2018: a", ": 1", "a: 1,", "a: nan"})
    EXPECT_TRUE(has(refused([&] { Labels::parse(text); }), "KEY: NUMBER")) << text;
  EXPECT_TRUE(has(refused([&] { Labels::parse("7: 1, 007: 2"); }), "twice"));
}

}  // namespace
}  // namespace colonnade::data
