#include <colonnade/base/human.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

using namespace colonnade::base;

TEST(Human, BytesInPowersOf1024) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_bytes((std::int64_t{1} << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_bytes(std::int64_t{4} << 30), "4.0 GiB");
  EXPECT_EQ(human_bytes(std::int64_t{3} << 50), "3072.0 TiB");
}

TEST(Human, DurationsInTheUnitsOfAClock) {
  EXPECT_EQ(human_duration(0.254), "0.25 s");
  EXPECT_EQ(human_duration(12.3), "12 s");
  EXPECT_EQ(human_duration(59.6), "1 min 00 s");
  EXPECT_EQ(human_duration(185), "3 min 05 s");
  EXPECT_EQ(human_duration(7620), "2 h 07 min");
}

TEST(Human, CountsInGroupsOfThree) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(1085440), "1,085,440");
  EXPECT_EQ(human_count(-100), "-100");
  EXPECT_EQ(human_count(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Human, RatesInThreeDigits) {
  EXPECT_EQ(human_rate(9.5), "9.50");
  EXPECT_EQ(human_rate(950), "950");
  EXPECT_EQ(human_rate(12345), "12.3 k");
  EXPECT_EQ(human_rate(999700), "1.00 M");
  EXPECT_EQ(human_rate(4.56e9), "4.56 G");
}
