#pragma once

#include <array>
#include <cstdint>

namespace colonnade::base {

/// A keyed permutation of [0, count) that needs no table: any rank can ask where any index goes.
///
/// A balanced Feistel network (Luby and Rackoff 1988) over the smallest even number of bits that
/// holds count, walked until the result lies in range (Black and Rogaway 2002).
class Permutation {
 public:
  /// `key` sets permutations of the same seed apart, as epochs do.
  Permutation(std::int64_t count, std::uint64_t seed, std::uint64_t key);

  /// The image of an index in [0, count).
  [[nodiscard]] std::int64_t operator()(std::int64_t index) const;
  /// The index whose image is `image`.
  [[nodiscard]] std::int64_t inverse(std::int64_t image) const;
  [[nodiscard]] std::int64_t count() const { return count_; }

 private:
  static constexpr int rounds = 6;
  [[nodiscard]] std::uint64_t mix(std::uint64_t half, int round) const;

  std::int64_t count_;
  int half_bits_ = 1;
  std::uint64_t half_mask_ = 1;
  std::array<std::uint64_t, rounds> keys_{};
};

}  // namespace colonnade::base
