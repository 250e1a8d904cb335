#include <colonnade/mpi/watch_table.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace colonnade::mpi {
namespace {

constexpr double limit_s = 8.0;
constexpr bool waits = true, works = false;

WatchReport report(bool is_waiting, double idle_s, const char* phase) {
  WatchReport made{.idle_s = idle_s, .is_waiting = is_waiting};
  std::strncpy(made.phase.data(), phase, made.phase.size() - 1);
  return made;
}

/// Rank 1 of three, at 20 s, when it has waited for 9 s.
WatchTable table_of_rank_1() {
  WatchTable table(1, 3, limit_s);
  table.take(1, report(waits, 9.0, "read"), 20.0);
  return table;
}

std::string sentence(const std::string& reasons) {
  return "no progress for 8 s: " + reasons + "the job ends (--watchdog sets the time)";
}

TEST(WatchTable, NamesTheRankThatFellSilent) {
  auto table = table_of_rank_1();
  table.take(0, report(waits, 8.5, "read"), 19.5);
  table.take(2, report(works, 0.5, "plan"), 11.0);
  EXPECT_EQ(table.verdict(20.0), sentence("no answer from rank 2 (last seen in phase 'plan'); "
                                          "ranks 0, 1 waiting in phase 'read'; "));
}

TEST(WatchTable, NamesTheRankThatWorksWithoutGettingOn) {
  auto table = table_of_rank_1();
  table.take(0, report(works, 8.5, "write"), 19.5);
  table.take(2, report(waits, 8.5, "close"), 19.5);
  EXPECT_EQ(table.verdict(20.0),
            sentence("rank 0 working in phase 'write'; rank 2 waiting in phase 'close'; "
                     "rank 1 waiting in phase 'read'; "));
}

TEST(WatchTable, NamesAllWhenAllWait) {
  auto table = table_of_rank_1();
  table.take(0, report(waits, 9.0, "read"), 19.5);
  EXPECT_EQ(table.verdict(20.0),
            sentence("ranks 0, 1 waiting in phase 'read'; rank 2 never heard from; "));
}

TEST(WatchTable, LeavesAJobAloneInWhichARankGetsOn) {
  auto table = table_of_rank_1();
  table.take(0, report(waits, 9.0, "read"), 19.5);
  for (const bool is_waiting : {works, waits}) {
    table.take(2, report(is_waiting, 7.0, "read"), 19.5);
    EXPECT_FALSE(table.verdict(20.0));
    EXPECT_TRUE(table.verdict(20.6));
  }
}

TEST(WatchTable, LeavesAJobAloneBeforeItsOwnRankHasWaitedForTheLimit) {
  WatchTable table(1, 3, limit_s);
  table.take(0, report(works, 30.0, "read"), 20.0);
  table.take(2, report(works, 30.0, "read"), 20.0);
  EXPECT_FALSE(table.verdict(20.0)) << "nothing is known of the own rank";
  table.take(1, report(waits, 7.9, "read"), 20.0);
  EXPECT_FALSE(table.verdict(20.0));
  table.take(1, report(works, 8.0, "read"), 20.0);
  EXPECT_FALSE(table.verdict(20.0)) << "who works does not complain";
  table.take(1, report(waits, 8.0, "read"), 20.0);
  EXPECT_TRUE(table.verdict(20.0));
}

TEST(WatchTable, ASilentRankCountsThoughOthersGetOn) {
  auto table = table_of_rank_1();
  table.take(0, report(works, 1.0, "read"), 20.0);
  table.take(2, report(waits, 1.0, "read"), 13.5);
  EXPECT_FALSE(table.verdict(20.0)) << "heard from 6.5 s ago, idle for 7.5 s";
  table.take(2, report(waits, 1.0, "read"), 12.5);
  EXPECT_TRUE(table.verdict(20.0)) << "idle for 8.5 s";
}

TEST(WatchTable, NamesSixteenRanksAtMost) {
  WatchTable table(0, 100, limit_s);
  for (int rank = 0; rank < 100; ++rank) table.take(rank, report(waits, 9.0, "read"), 20.0);
  EXPECT_EQ(table.verdict(20.0),
            sentence("ranks 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 84 more "
                     "waiting in phase 'read'; "));
}

TEST(WatchTable, KnowsWhetherALowerRankEndsTheJob) {
  auto table = table_of_rank_1();
  auto ending = report(waits, 9.0, "read");
  ending.is_ending = true;
  table.take(1, ending, 20.0);
  EXPECT_FALSE(table.is_ending_below(0));
  EXPECT_FALSE(table.is_ending_below(1)) << "its own word is not a lower rank's";
  EXPECT_TRUE(table.is_ending_below(2));
}

TEST(WatchTable, EndsPhasesThatArriveWithoutAnEnd) {
  auto table = table_of_rank_1();
  auto letter = report(waits, 9.0, "");
  letter.phase.fill('x');
  table.take(0, letter, 19.5);
  EXPECT_NE(table.verdict(20.0)->find("'" + std::string(letter.phase.size() - 1, 'x') + "'"),
            std::string::npos);
}

}  // namespace
}  // namespace colonnade::mpi
