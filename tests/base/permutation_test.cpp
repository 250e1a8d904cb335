#include <colonnade/base/permutation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace colonnade::base {
namespace {

TEST(Permutation, HitsEveryIndexOnceAtEverySize) {
  std::int64_t compared = 0;
  for (std::int64_t count = 1; count <= 300; ++count) {
    const Permutation permutation(count, 7, static_cast<std::uint64_t>(count));
    std::vector<char> seen(static_cast<std::size_t>(count), 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t image = permutation(i);
      ASSERT_TRUE(0 <= image && image < count) << image << " of " << count;
      ASSERT_EQ(seen[static_cast<std::size_t>(image)]++, 0) << image << " of " << count;
      ASSERT_EQ(permutation.inverse(image), i);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 300 * 301 / 2);
}

TEST(Permutation, InvertsBeyondTheRangeOfInt) {
  const std::int64_t count = (std::int64_t{1} << 40) + 12345;
  const Permutation permutation(count, 1, 0);
  for (std::int64_t i = 0; i < count; i += count / 1000) {
    const std::int64_t image = permutation(i);
    ASSERT_TRUE(0 <= image && image < count);
    ASSERT_EQ(permutation.inverse(image), i);
  }
}

TEST(Permutation, DependsOnSeedAndKey) {
  constexpr std::int64_t count = 1000;
  const Permutation one(count, 1, 0), other_seed(count, 2, 0), other_key(count, 1, 1);
  int same_seed = 0, same_key = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    same_seed += one(i) == other_seed(i) ? 1 : 0;
    same_key += one(i) == other_key(i) ? 1 : 0;
  }
  EXPECT_LT(same_seed, 10);
  EXPECT_LT(same_key, 10);
}

TEST(Permutation, MixesNeighbours) {
  constexpr std::int64_t count = 10000;
  const Permutation permutation(count, 1, 0);
  double distance = 0;
  for (std::int64_t i = 1; i < count; ++i)
    distance += static_cast<double>(std::abs(permutation(i) - permutation(i - 1)));
  // Two independent places lie a third of the range apart.
  EXPECT_NEAR(distance / (count - 1), count / 3.0, count / 50.0);
}

TEST(Permutation, RefusesIndicesOutOfRange) {
  const Permutation permutation(5, 1, 0);
  EXPECT_THROW(static_cast<void>(permutation(5)), std::logic_error);
  EXPECT_THROW(static_cast<void>(permutation(-1)), std::logic_error);
  EXPECT_THROW(static_cast<void>(permutation.inverse(5)), std::logic_error);
}

}  // namespace
}  // namespace colonnade::base
