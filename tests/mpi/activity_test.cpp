#include <colonnade/mpi/activity.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace colonnade::mpi {
namespace {

std::uint64_t moves() {
  return detail::moves.load();
}
bool is_waiting() {
  return moves() % 2 == 1;
}

TEST(Activity, WaitingMovesOnAtItsBeginAndEnd) {
  const auto before = moves();
  EXPECT_FALSE(is_waiting());
  {
    const Waiting outer;
    const auto at_begin = moves();
    EXPECT_GT(at_begin, before);
    EXPECT_TRUE(is_waiting());
    {
      const Waiting inner;
      EXPECT_GT(moves(), at_begin);
      EXPECT_TRUE(is_waiting());
    }
    EXPECT_TRUE(is_waiting()) << "the outer one still waits";
  }
  EXPECT_FALSE(is_waiting());
  EXPECT_EQ(moves(), before + 6);
}

TEST(Activity, TicksOfOtherThreadsMoveOnAndKeepTheState) {
  const Waiting waiting;
  const auto before = moves();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([] {
        for (int k = 0; k < 1000; ++k) tick();
      });
  }
  EXPECT_EQ(moves(), before + 8000);
  EXPECT_TRUE(is_waiting());
}

TEST(Activity, APhaseGivesWayToTheOneAroundIt) {
  const auto now = [] { return std::string(detail::phase.load()); };
  const InPhase outer("outer");
  {
    const InPhase inner("inner");
    EXPECT_EQ(now(), "inner");
  }
  EXPECT_EQ(now(), "outer");
}

TEST(Activity, TheTimeOfAnInnerPhaseIsNotThatOfTheOuter) {
  using namespace std::chrono_literals;
  const auto start = std::chrono::steady_clock::now();
  {
    const InPhase outer("around");
    const InPhase inner("within");
    std::this_thread::sleep_for(30ms);
  }
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - start;
  const auto times = phase_times_s();
  EXPECT_GE(times.at("within"), 0.03);
  // However slow the machine: what counts for the one does not count for the other.
  EXPECT_LE(times.at("around") + times.at("within"), whole.count() + 1e-6);
  const double before = times.at("within");
  { const InPhase again("within"); }
  EXPECT_GE(phase_times_s().at("within"), before) << "phases add up";
}

}  // namespace
}  // namespace colonnade::mpi
