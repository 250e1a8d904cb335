#include <colonnade/app/stop_signals.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

using colonnade::app::StopSignals;

TEST(StopSignals, NotesEachSignalAndGoesOn) {
  for (const int number : {SIGTERM, SIGUSR1, SIGINT}) {
    const StopSignals signals;
    EXPECT_EQ(StopSignals::received(), 0);
    raise(number);
    EXPECT_EQ(StopSignals::received(), number);
  }
  EXPECT_EQ(colonnade::app::signal_name(SIGUSR1), "SIGUSR1");
}

TEST(StopSignals, EndsAtTheSecondInterrupt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto interrupted = [](int times) {
    const StopSignals signals;
    for (int i = 0; i < times; ++i) raise(SIGINT);
    std::exit(7);
  };
  EXPECT_EXIT(interrupted(1), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(interrupted(2), testing::KilledBySignal(SIGINT), "");
}
