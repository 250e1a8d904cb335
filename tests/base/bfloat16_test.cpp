#include <colonnade/base/bfloat16.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

namespace colonnade::base {
namespace {

Bfloat16 rounded(float value) {
  Bfloat16 result;
  round_to_bfloat16(std::span(&value, 1), std::span(&result, 1));
  return result;
}

TEST(Bfloat16, EveryValueOfItsOwnComesBack) {
  int compared = 0;
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const float value = to_float({static_cast<std::uint16_t>(bits)});
    if (std::isnan(value)) continue;
    EXPECT_EQ(rounded(value).bits, bits);
    ++compared;
  }
  EXPECT_EQ(compared, 65536 - 2 * 127);
}

TEST(Bfloat16, RoundsToTheNearestAndBetweenTwoToTheEvenOne) {
  const float step = std::ldexp(1.0F, -7);  // between 1 and 2
  int compared = 0;
  for (int k = 0; k < 128; ++k) {
    const float low = 1.0F + static_cast<float>(k) * step, high = low + step;
    for (const float part : {0.25F, 0.4375F}) {
      EXPECT_EQ(to_float(rounded(low + part * step)), low);
      EXPECT_EQ(to_float(rounded(high - part * step)), high);
      compared += 2;
    }
    EXPECT_EQ(to_float(rounded(low + step / 2)), k % 2 == 0 ? low : high);
    EXPECT_EQ(to_float(rounded(-(low + step / 2))), -(k % 2 == 0 ? low : high));
    compared += 2;
  }
  EXPECT_EQ(compared, 128 * 6);
}

TEST(Bfloat16, NanStaysNanAndTooLargeBecomesInfinite) {
  EXPECT_TRUE(std::isnan(to_float(rounded(std::numeric_limits<float>::quiet_NaN()))));
  EXPECT_TRUE(std::isnan(to_float(rounded(std::bit_cast<float>(0x7F800001U)))));
  EXPECT_TRUE(std::isinf(to_float(rounded(std::numeric_limits<float>::max()))));
  EXPECT_TRUE(std::isinf(to_float(rounded(std::numeric_limits<float>::infinity()))));
}

}  // namespace
}  // namespace colonnade::base
