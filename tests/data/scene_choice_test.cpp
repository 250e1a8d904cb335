#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/data/scene_choice.hpp>
#include <colonnade/data/scene_list.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace colonnade::data {
namespace {

TEST(SceneDate, ReadsThreeFormsOfADayAndNumbers) {
  EXPECT_EQ(SceneDate::parse("19700101", "").value, 0.0);
  EXPECT_EQ(SceneDate::parse("2020-03-01", "").value, 18322.0);
  EXPECT_EQ(SceneDate::parse("20200301", "").value, 18322.0);
  EXPECT_EQ(SceneDate::parse("2020061", "").value, 18322.0);
  EXPECT_EQ(SceneDate::parse("2020366", "").value, 18627.0);
  EXPECT_TRUE(SceneDate::parse("2020366", "").is_calendar);
  EXPECT_EQ(SceneDate::parse("2020.25", "").value, 2020.25);
  EXPECT_FALSE(SceneDate::parse("2020.25", "").is_calendar);
  EXPECT_EQ(SceneDate::parse("-3", "").value, -3.0);
  for (const char* text : {"", "20200230", "20201301", "2019366", "2019000", "2020-3-01", "today",
                           "2020-02-30", "20200101T00"}) {
    try {
      SceneDate::parse(text, "a_b.nc");
      FAIL() << text;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
      EXPECT_EQ(error.facts().file, "a_b.nc");
      EXPECT_EQ(error.facts().value, text);
    }
  }
}

TEST(Periods, CutTheSpanOfAllScenes) {
  const std::vector<Scene> scenes{
      {"a", "p", 30.0, 0.0}, {"b", "q", 10.0, 0.0}, {"c", "p", 60.0, 1.0}};
  EXPECT_EQ(equal_periods(scenes, 5), (std::vector<double>{10.0, 20.0, 30.0, 40.0, 50.0, 60.0}));
  EXPECT_EQ(equal_periods(scenes, 1), (std::vector<double>{10.0, 60.0}));
  EXPECT_EQ(equal_periods(std::vector<Scene>{scenes[0]}, 1), (std::vector<double>{30.0, 30.0}));
  EXPECT_THROW(equal_periods(std::vector<Scene>{scenes[0]}, 2), base::Error);
  EXPECT_THROW(equal_periods({}, 1), base::Error);
}

std::vector<std::string> paths(const std::vector<Scene>& scenes, const SceneChoice& choice) {
  std::vector<std::string> names;
  for (const auto& one : choice.chosen) names.push_back(scenes[one.scene].path);
  return names;
}

TEST(ChooseScenes, AnEdgeBelongsToThePeriodThatBeginsThereAndTheLastToTheLast) {
  const std::vector<Scene> scenes{{"a", "p", 0.0, 1.0},
                                  {"b", "p", 10.0, 0.0},
                                  {"c", "p", 20.0, 2.0},
                                  {"d", "p", 20.1, 0.0},
                                  {"e", "p", -0.1, 0.0}};
  const auto choice = choose_scenes(scenes, {.edges = {0.0, 10.0, 20.0}});
  EXPECT_EQ(paths(scenes, choice), (std::vector<std::string>{"a", "b"}));
  const auto one = choose_scenes(scenes, {.edges = {10.5, 20.0}});
  EXPECT_EQ(paths(scenes, one), (std::vector<std::string>{"c"}));
}

TEST(ChooseScenes, OfEqualRanksTakesTheMedianDate) {
  std::vector<Scene> scenes{{"a", "p", 1.0, 5.0},   {"b", "p", 40.0, 5.0}, {"c", "p", 50.0, 5.0},
                            {"d", "p", 100.0, 5.0}, {"e", "p", 44.0, 6.0}, {"f", "p", 7.0, 5.0}};
  const SceneRule rule{.edges = {0.0, 100.0}};
  // Of 1, 7, 40, 50 and 100 the middle one.
  EXPECT_EQ(paths(scenes, choose_scenes(scenes, rule)), (std::vector<std::string>{"b"}));
  // Of 1, 7, 40 and 50 the median is 23.5: 7 and 40 are as near, and the earlier counts.
  scenes[3].rank = 5.5;
  EXPECT_EQ(paths(scenes, choose_scenes(scenes, rule)), (std::vector<std::string>{"f"}));
  // Of one date the first name.
  scenes.push_back({"A", "p", 7.0, 5.0});
  scenes[0].rank = 9.0;
  EXPECT_EQ(paths(scenes, choose_scenes(scenes, rule)), (std::vector<std::string>{"A"}));
}

TEST(ChooseScenes, RaisesTheThresholdOnlyWhereAPeriodWouldBeEmpty) {
  const std::vector<Scene> scenes{{"a", "p", 1.0, 60.0},  {"b", "p", 2.0, 59.0},
                                  {"c", "p", 11.0, 85.0}, {"d", "p", 12.0, 80.0},
                                  {"e", "p", 21.0, 80.5}, {"f", "q", 1.0, 60.0}};
  SceneRule rule{.edges = {0.0, 10.0, 20.0, 30.0}, .threshold = 60.0};
  const auto strict = choose_scenes(scenes, rule);
  EXPECT_EQ(paths(scenes, strict), (std::vector<std::string>{"b", "f"}));
  EXPECT_EQ(strict.empty.size(), 4U);
  rule.relax = 10.0;
  const auto relaxed = choose_scenes(scenes, rule);
  EXPECT_EQ(paths(scenes, relaxed), (std::vector<std::string>{"b", "d", "e", "f"}));
  EXPECT_EQ(relaxed.chosen[0].relaxed, 0);
  EXPECT_EQ(relaxed.chosen[1].relaxed, 2);
  EXPECT_EQ(relaxed.chosen[2].relaxed, 3);
  ASSERT_EQ(relaxed.empty.size(), 2U);
  EXPECT_EQ(relaxed.empty[0].place, "q");
  EXPECT_EQ(relaxed.empty[0].period, 1);
  rule.complete = true;
  const auto complete = choose_scenes(scenes, rule);
  EXPECT_EQ(paths(scenes, complete), (std::vector<std::string>{"b", "d", "e"}));
  EXPECT_EQ(complete.empty.size(), 2U);
  EXPECT_EQ(complete.places, 2);
}

TEST(ChooseScenes, PassesOverScenesWithoutARank) {
  const std::vector<Scene> scenes{
      {"a", "p", 1.0, std::nan("")}, {"b", "p", 2.0, 7.0}, {"c", "q", 2.0, std::nan("")}};
  const auto choice = choose_scenes(scenes, {.edges = {0.0, 10.0}});
  EXPECT_EQ(paths(scenes, choice), (std::vector<std::string>{"b"}));
  ASSERT_EQ(choice.empty.size(), 1U);
  EXPECT_EQ(choice.empty[0].place, "q");
}

/// The same by loops: the places by number, each period, each scene against each other.
std::vector<std::string> by_loops(const std::vector<Scene>& scenes, const SceneRule& rule,
                                  int places) {
  std::vector<std::string> all;
  for (int place = 0; place < places; ++place) {
    std::vector<std::string> of_place;
    for (std::size_t p = 0; p + 1 < rule.edges.size(); ++p) {
      std::vector<Scene> in;
      for (const auto& scene : scenes) {
        const bool is_last = p + 2 == rule.edges.size();
        const bool is_inside =
            scene.date >= rule.edges[p] &&
            (scene.date < rule.edges[p + 1] || (is_last && scene.date == rule.edges[p + 1]));
        if (scene.place == std::to_string(place) && is_inside) in.push_back(scene);
      }
      double threshold = rule.threshold;
      std::vector<Scene> tied;
      while (!in.empty()) {
        double lowest = HUGE_VAL;
        for (const auto& scene : in)
          if (scene.rank <= threshold) lowest = std::min(lowest, scene.rank);
        for (const auto& scene : in)
          if (scene.rank == lowest) tied.push_back(scene);
        if (!tied.empty() || rule.relax == 0.0) break;
        threshold += rule.relax;
      }
      if (tied.empty()) continue;
      std::vector<double> dates;
      for (const auto& scene : tied) dates.push_back(scene.date);
      std::sort(dates.begin(), dates.end());
      const double median = (dates[(dates.size() - 1) / 2] + dates[dates.size() / 2]) / 2;
      Scene best = tied[0];
      for (const auto& scene : tied) {
        const double mine = std::abs(scene.date - median), its = std::abs(best.date - median);
        if (mine < its || (mine == its && (scene.date < best.date ||
                                           (scene.date == best.date && scene.path < best.path))))
          best = scene;
      }
      of_place.push_back(best.path);
    }
    if (!rule.complete || of_place.size() + 1 == rule.edges.size())
      all.insert(all.end(), of_place.begin(), of_place.end());
  }
  return all;
}

TEST(ChooseScenes, IsWhatLoopsOverAllScenesChoose) {
  std::size_t compared = 0, relaxed = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    base::Random random(seed, base::Purpose::shuffle, 0);
    std::vector<Scene> scenes;
    for (int i = 0; i < 150; ++i)
      scenes.push_back({"s" + std::to_string(random.next_u64() % 100000),
                        std::to_string(random.next_u64() % 12),
                        static_cast<double>(random.next_u64() % 60),
                        static_cast<double>(random.next_u64() % 8) * 10.0});
    for (const double threshold : {HUGE_VAL, 0.0, 30.0})
      for (const double relax : {0.0, 10.0, 7.0})
        for (const bool complete : {false, true}) {
          if (std::isinf(threshold) && relax > 0.0) continue;
          const SceneRule rule{equal_periods(scenes, 4), threshold, relax, complete};
          const auto choice = choose_scenes(scenes, rule);
          ASSERT_EQ(paths(scenes, choice), by_loops(scenes, rule, 12)) << seed;
          compared += choice.chosen.size();
          for (const auto& one : choice.chosen) relaxed += one.relaxed > 0 ? 1U : 0U;
        }
  }
  EXPECT_GT(compared, 5000U);
  EXPECT_GT(relaxed, 500U);
}

TEST(SceneFiles, HaveThePlaceAndTheJoinedDate) {
  const auto names = NameFields::parse("kind,place,year,day");
  const auto files =
      scene_files({"scene_p1_2018_317.nc", "label_p1.nc"}, names, "place", {"year", "day"});
  EXPECT_EQ(files[0].place, "p1");
  EXPECT_EQ(files[0].date_text, "2018317");
  EXPECT_EQ(files[0].date->value, SceneDate::parse("20181113", "").value);
  EXPECT_FALSE(files[1].date.has_value());
  EXPECT_THROW(scene_files({"a_b_2018_317.nc", "a_b_2018_31.nc"}, names, "place", {"year", "day"}),
               base::Error);
  EXPECT_THROW(scene_files({"a_b.nc"}, names, "site", {"year"}), base::Error);
  EXPECT_THROW(scene_files({"a_b.nc"}, names, "place", {"date"}), base::Error);
}

TEST(ListedFiles, GoWithTheChosenScenes) {
  const auto names = NameFields::parse("kind,place,date");
  const std::vector<std::string> all{"scene_p1_20200101.nc",
                                     "mask_p1_20200101.nc",
                                     "mask_p1_20200105.nc",
                                     "scene_p1_20200105.nc",
                                     "label_p1.nc",
                                     "label_p2.nc",
                                     "in,a \"folder\"/scene_p3_20200102.nc"};
  const auto files = scene_files(all, names, "place", {"date"});
  const std::vector<std::optional<double>> ranks{3.5, {}, {}, 9.0, {}, {}, 1.0};
  const std::vector<std::size_t> file_of_scene{0, 3, 6};
  SceneChoice choice;
  choice.chosen = {{0, 0, 0}, {2, 1, 2}};
  const auto listed = listed_files(files, ranks, file_of_scene, choice);
  EXPECT_EQ(csv_of(files, listed),
            "file,place,period,date,rank,relaxed\n"
            "scene_p1_20200101.nc,p1,1,20200101,3.5,0\n"
            "mask_p1_20200101.nc,p1,1,20200101,,0\n"
            "\"in,a \"\"folder\"\"/scene_p3_20200102.nc\",p3,2,20200102,1,2\n"
            "label_p1.nc,p1,,,,0\n");
}

}  // namespace
}  // namespace colonnade::data
