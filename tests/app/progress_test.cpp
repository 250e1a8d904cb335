#include <colonnade/app/progress.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

using colonnade::app::Progress;
using namespace std::chrono_literals;

namespace {

class ProgressTest : public testing::Test {
 protected:
  Progress make(Progress::Style style) {
    return Progress(out_, style, [this] { return now_; });
  }
  std::string taken() {
    auto text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  std::chrono::steady_clock::time_point now_{1h};
};

}  // namespace

TEST_F(ProgressTest, LinesComeAtEveryTenth) {
  auto progress = make(Progress::Style::lines);
  const auto sink = progress.sink();
  for (int done = 0; done <= 2000; ++done) {
    sink("read", done, 2000);
    if (done < 2000) now_ += 10ms;
  }
  const auto text = taken();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_TRUE(text.starts_with("read: 200/2,000, 100/s, 18 s left\n")) << text;
  EXPECT_TRUE(text.ends_with("read: 2,000/2,000, 100/s, in 20 s\n")) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST_F(ProgressTest, LinesOfAShortPhaseAreASecondApart) {
  auto progress = make(Progress::Style::lines);
  for (int done = 0; done <= 100; ++done) {
    progress.report("read", done, 100);
    if (done < 100) now_ += 25ms;
  }
  EXPECT_EQ(taken(),
            "read: 40/100, 40.0/s, 1.50 s left\nread: 80/100, 40.0/s, 0.50 s left\n"
            "read: 100/100, 40.0/s, in 2.50 s\n");
}

TEST_F(ProgressTest, TheLiveLineIsRewrittenFourTimesASecond) {
  auto progress = make(Progress::Style::live);
  progress.report("epoch 1", 0, 1000);
  EXPECT_EQ(taken(), "\repoch 1: 0/1,000\033[K");
  for (int done = 1; done < 100; ++done) {
    now_ += 10ms;
    progress.report("epoch 1", done, 1000);
  }
  const auto text = taken();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 3);
  EXPECT_TRUE(text.ends_with("\repoch 1: 75/1,000, 100/s, 9.25 s left\033[K")) << text;
  progress.report("epoch 1", 1000, 1000);
  EXPECT_TRUE(taken().ends_with("\033[K\n"));
}

TEST_F(ProgressTest, ANewPhaseEndsTheLineBefore) {
  auto progress = make(Progress::Style::live);
  progress.report("read", 1, 10);
  taken();
  progress.report("write", 0, 10);
  EXPECT_EQ(taken(), "\n\rwrite: 0/10\033[K");
  progress.end_line();
  EXPECT_EQ(taken(), "\n");
  progress.end_line();
  EXPECT_EQ(taken(), "");
}

TEST_F(ProgressTest, ThePhaseOfAResumedRunDoesNotCountWhatWasDoneBefore) {
  auto progress = make(Progress::Style::lines);
  progress.report("train", 50, 100);
  taken();
  now_ += 10s;
  progress.report("train", 60, 100);
  EXPECT_EQ(taken(), "train: 60/100, 1.00/s, 40 s left\n");
}

TEST_F(ProgressTest, DetailBehindACommaIsNoNewPhase) {
  auto progress = make(Progress::Style::lines);
  progress.report("train, loss 9", 0, 100);
  now_ += 10s;
  progress.report("train, loss 8", 10, 100);
  EXPECT_EQ(taken(), "train, loss 8: 10/100, 1.00/s, 1 min 30 s left\n");
}

TEST_F(ProgressTest, QuietAndOtherRanksSayNothing) {
  EXPECT_EQ(Progress::style_of_stderr(true, true), Progress::Style::silent);
  EXPECT_EQ(Progress::style_of_stderr(false, false), Progress::Style::silent);
  EXPECT_NE(Progress::style_of_stderr(true, false), Progress::Style::silent);
  auto progress = make(Progress::Style::silent);
  progress.report("read", 10, 10);
  EXPECT_EQ(taken(), "");
}
