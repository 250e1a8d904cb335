#include <colonnade/base/error.hpp>
#include <colonnade/report/plot.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace colonnade::report {
namespace {

bool has_gnuplot() {
  return std::system("gnuplot --version >/dev/null 2>&1") == 0;  // NOLINT(concurrency-mt-unsafe)
}

Plot line(const std::string& title) {
  return {.title = title,
          .x = {"x"},
          .y = {"y"},
          .series = {{.title = "a line", .x = {1, 2, 4}, .y = {1, 3, 2}}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Draw, MakesAnElementOfThePageForEachPlot) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  Plot gap = line("gap"), grid = line("a < b & c");
  gap.series[0].y[1] = NAN;
  grid.series.clear();
  grid.grid = CountGrid{.x_cells = 2, .counts = {1, 0, 10, 100}};
  const std::vector<Plot> plots{line("whole"), gap, grid};
  const auto pictures = draw(plots);
  ASSERT_EQ(pictures.size(), 3U);
  for (const auto& picture : pictures) {
    EXPECT_TRUE(picture.starts_with("<svg role=\"img\"")) << picture.substr(0, 80);
    EXPECT_EQ(count(picture, "<svg"), 1U);
    EXPECT_EQ(count(picture, "rgb("), 0U) << "all colours are the page's";
    EXPECT_EQ(count(picture, " id=\"gnuplot"), 0U);
    EXPECT_GT(count(picture, "var(--c1)"), 2U);
  }
  EXPECT_EQ(count(pictures[0], "var(--c11)"), count(pictures[1], "var(--c11)"));
  EXPECT_EQ(count(pictures[0], "a line"), 1U);
  EXPECT_EQ(count(pictures[2], "<title>a &lt; b &amp; c</title>"), 1U);
  EXPECT_EQ(count(pictures[2], "data:image/png;base64,"), 1U);
}

TEST(Draw, SaysWhereNothingCanBeDrawnAndDrawsTheOthers) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  Plot undefined = line("undefined"), empty = line("empty"), negative = line("negative");
  undefined.series[0].y = {NAN, NAN, INFINITY};
  empty.series[0].x.clear();
  negative.y.is_log = true;
  negative.series[0].y = {0, -1, NAN};
  Plot outside = line("outside"), constant = line("constant"), no_cells = line("no cells");
  outside.x.low = 5.0, outside.x.high = 6.0;
  constant.grid = CountGrid{.x_low = 0, .x_high = 0, .x_cells = 1, .counts = {1}};
  no_cells.grid = CountGrid{};
  const std::vector<Plot> plots{undefined, empty,        negative, outside,
                                constant,  line("last"), no_cells};
  const auto pictures = draw(plots);
  ASSERT_EQ(pictures.size(), 7U);
  for (const std::size_t p : {0U, 1U, 2U})
    EXPECT_EQ(pictures[p], "<p>no value is defined here</p>\n") << plots[p].title;
  EXPECT_EQ(pictures[3], "<p>all values lie outside the axes</p>\n");
  for (const std::size_t p : {4U, 6U})
    EXPECT_EQ(pictures[p], "<p>no range of values to draw</p>\n") << plots[p].title;
  EXPECT_EQ(count(pictures[5], "<title>last</title>"), 1U);
}

TEST(Draw, TakesPointsWithoutARange) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  Plot point = line("point"), zero = line("zero"), narrow = line("narrow"), huge = line("huge");
  point.series[0].x = {7}, point.series[0].y = {0.5};
  point.y.is_log = true;
  zero.series[0].x = {0, 0, 0}, zero.series[0].y = {0, 0, 0};
  zero.y.low = 0.0;
  narrow.series[0].x = {1e9, 1e9 + 1e-3, 1e9 + 2e-3};
  huge.series[0].x = {-1.7e308, 0, 1.7e308};
  Plot grid = line("grid");
  grid.grid = CountGrid{.x_low = 1e9, .x_high = 1e9 + 2, .x_cells = 2, .counts = {1, 0, 0, 0}};
  for (const auto& picture : draw(std::vector<Plot>{point, zero, narrow, huge, grid}))
    EXPECT_EQ(count(picture, "<svg"), 1U) << picture.substr(0, 80);
}

TEST(Draw, TakesTextsThatMeanSomethingToGnuplotAsTheyAre) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  Plot plot = line("it's");
  plot.x.label = "q_{ice}'; system('touch broken') #\n\\";
  plot.series[0].title = "`touch broken` \"$x\"";
  const auto pictures = draw(std::vector<Plot>{plot});
  ASSERT_EQ(pictures.size(), 1U);
  EXPECT_EQ(count(pictures[0], "q_{ice}'; system('touch broken') #"), 1U) << pictures[0];
}

TEST(Draw, SaysWhatToDoWithoutGnuplot) {
  const std::string path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  ::setenv("PATH", "/nowhere", 1);               // NOLINT(concurrency-mt-unsafe)
  try {
    draw(std::vector<Plot>{line("never")});
    ADD_FAILURE() << "it was drawn";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("gnuplot-nox"), std::string::npos) << error.what();
  }
  ::setenv("PATH", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace
}  // namespace colonnade::report
