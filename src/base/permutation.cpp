#include <colonnade/base/error.hpp>
#include <colonnade/base/permutation.hpp>
#include <colonnade/base/random.hpp>

namespace colonnade::base {

Permutation::Permutation(std::int64_t count, std::uint64_t seed, std::uint64_t key)
    : count_(count) {
  while ((std::uint64_t{1} << (2 * half_bits_)) < static_cast<std::uint64_t>(count)) ++half_bits_;
  half_mask_ = (std::uint64_t{1} << half_bits_) - 1;
  Random random(seed, Purpose::shuffle, key);
  for (auto& round_key : keys_) round_key = random.next_u64();
}

std::uint64_t Permutation::mix(std::uint64_t half, int round) const {
  // The finaliser of SplitMix64 (Steele, Lea and Flood 2014) over the half and the round's key.
  std::uint64_t z = (half + 1) * 0x9E3779B97F4A7C15 + keys_[static_cast<std::size_t>(round)];
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return (z ^ (z >> 31)) & half_mask_;
}

std::int64_t Permutation::operator()(std::int64_t index) const {
  expects(0 <= index && index < count_, "an index of a permutation lies in its range");
  auto value = static_cast<std::uint64_t>(index);
  do {
    std::uint64_t left = value >> half_bits_, right = value & half_mask_;
    for (int round = 0; round < rounds; ++round) {
      const std::uint64_t next = left ^ mix(right, round);
      left = right;
      right = next;
    }
    value = left << half_bits_ | right;
  } while (value >= static_cast<std::uint64_t>(count_));
  return static_cast<std::int64_t>(value);
}

std::int64_t Permutation::inverse(std::int64_t image) const {
  expects(0 <= image && image < count_, "an image of a permutation lies in its range");
  auto value = static_cast<std::uint64_t>(image);
  do {
    std::uint64_t left = value >> half_bits_, right = value & half_mask_;
    for (int round = rounds - 1; round >= 0; --round) {
      const std::uint64_t previous = right ^ mix(left, round);
      right = left;
      left = previous;
    }
    value = left << half_bits_ | right;
  } while (value >= static_cast<std::uint64_t>(count_));
  return static_cast<std::int64_t>(value);
}

}  // namespace colonnade::base
