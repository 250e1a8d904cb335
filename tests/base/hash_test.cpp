#include <colonnade/base/hash.hpp>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace colonnade::base {
namespace {

TEST(Hash, IsXxh3) {
  // The published value of XXH3_64bits for no bytes.
  EXPECT_EQ(hash_text(""), 0x2D06800538D394C2U);
  EXPECT_EQ(hash_bytes({}), hash_text(""));
}

TEST(Hash, ValuesHashAsTheirBytes) {
  const std::array<char, 4> letters{'r', 'o', 'w', 's'};
  EXPECT_EQ(hash_values<char>(letters, 5), hash_text("rows", 5));
}

TEST(Hash, SeesEachBitTheSeedAndTheLength) {
  std::set<std::uint64_t> seen;
  std::vector<std::byte> bytes(40);
  seen.insert(hash_bytes(bytes));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const std::byte mask{static_cast<unsigned char>(1U << bit % 8)};
    bytes[bit / 8] ^= mask;
    seen.insert(hash_bytes(bytes));
    bytes[bit / 8] ^= mask;
  }
  for (std::uint64_t seed = 1; seed <= 100; ++seed) seen.insert(hash_bytes(bytes, seed));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    seen.insert(hash_bytes(std::span(bytes).first(length)));
  EXPECT_EQ(seen.size(), 1U + 320U + 100U + 40U);
}

TEST(Hash, HexHasSixteenDigits) {
  EXPECT_EQ(hex(0), "0000000000000000");
  EXPECT_EQ(hex(0xABCDEF), "0000000000abcdef");
  EXPECT_EQ(hex(~std::uint64_t{0}), "ffffffffffffffff");
}

}  // namespace
}  // namespace colonnade::base
