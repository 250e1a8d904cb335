#include <colonnade/base/aligned.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

namespace colonnade::base {
namespace {

TEST(AlignedBuffer, StartsOnACacheLineAsZeros) {
  for (const std::size_t size : {1U, 15U, 16U, 1000003U}) {
    const AlignedBuffer<float> buffer(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
    ASSERT_EQ(buffer.span().size(), size);
    EXPECT_EQ(std::count(buffer.span().begin(), buffer.span().end(), 0.0F),
              static_cast<std::ptrdiff_t>(size));
  }
}

TEST(AlignedBuffer, MovesItsMemory) {
  AlignedBuffer<double> first(8);
  first.span()[7] = 2.5;
  const double* const place = first.data();
  AlignedBuffer<double> second(std::move(first));
  EXPECT_EQ(second.data(), place);
  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): the moved-from state is promised
  AlignedBuffer<double> third;
  EXPECT_TRUE(third.span().empty());
  third = std::move(second);
  EXPECT_EQ(third.span()[7], 2.5);
}

}  // namespace
}  // namespace colonnade::base
