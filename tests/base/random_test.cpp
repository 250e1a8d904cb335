#include <colonnade/base/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <vector>

namespace colonnade::base {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesThePublishedVectors) {
  // Known-answer tests of philox4x32-10 that come with Random123 (Salmon et al.).
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, IsAFunctionOfSeedPurposeAndIndex) {
  const auto first = [](std::uint64_t seed, Purpose purpose, std::uint64_t index) {
    return Random(seed, purpose, index).next_u64();
  };
  EXPECT_EQ(first(3, Purpose::test, 5), first(3, Purpose::test, 5));
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 32})
    for (const auto purpose : {Purpose::test, Purpose::shuffle, Purpose::synth})
      for (const std::uint64_t index : {0ULL, 1ULL, 1ULL << 32, (1ULL << 32) + 1})
        seen.insert(first(seed, purpose, index));
  EXPECT_EQ(seen.size(), 36U);
}

TEST(Random, DoesNotRepeatAlongAStream) {
  Random random(1, Purpose::test, 0);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10000; ++i) seen.insert(random.next_u64());
  EXPECT_EQ(seen.size(), 10000U);
}

TEST(Random, FillGivesTheSameStream) {
  for (const std::size_t count : {1U, 7U, 64U, 65U, 200U, 10'000U}) {
    Random one(0x123456789abcdef, Purpose::test, 0xfedcba987654321), many = one;
    std::vector<std::uint32_t> values(count);
    many.fill(values);
    for (const std::uint32_t value : values) ASSERT_EQ(value, one.next_u32()) << count;
  }
}

TEST(Random, UniformFillsItsRange) {
  Random random(1, Purpose::test, 0);
  std::array<int, 10> bins{};
  constexpr int draws = 100000;
  for (int i = 0; i < draws; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ASSERT_EQ(u * 0x1p53, std::floor(u * 0x1p53));
    ++bins[static_cast<std::size_t>(u * 10)];
  }
  for (const int bin : bins) EXPECT_NEAR(bin, draws / 10, 5 * std::sqrt(draws / 10));
}

TEST(Random, NormalHasTheMomentsOfTheStandardNormal) {
  Random random(1, Purpose::test, 1);
  constexpr int draws = 200000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < draws; ++i) {
    const double z = random.normal();
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
  }
  EXPECT_NEAR(sum / draws, 0.0, 0.01);
  EXPECT_NEAR(squares / draws, 1.0, 0.015);
  EXPECT_NEAR(fourth / draws, 3.0, 0.12);
}

}  // namespace
}  // namespace colonnade::base
