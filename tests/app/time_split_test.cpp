#include <colonnade/app/time_split.hpp>

#include <gtest/gtest.h>

namespace colonnade::app {

TEST(TimeSplit, NamesLargePhasesFirstAndSmallOnesTogether) {
  EXPECT_EQ(time_split({{"close", 0.004}, {"open", 0.006}, {"read", 0.5}, {"write", 1.25}}),
            "write 1.25 s, read 0.50 s, other 0.01 s");
}

TEST(TimeSplit, OfNothingIsOther) {
  EXPECT_EQ(time_split({}), "other 0.00 s");
}

}  // namespace colonnade::app
