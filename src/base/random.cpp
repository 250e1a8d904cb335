#include <colonnade/base/random.hpp>
#include <colonnade/base/vectors.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace colonnade::base {

namespace {

constexpr std::uint64_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
constexpr std::uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;

/// Blocks that are made side by side, as vectors.
constexpr std::size_t lanes = 16;
using Lanes = std::array<std::uint32_t, lanes>;

/// philox() of so many counters that differ in their first word, which counts on.
COLONNADE_VECTOR_WIDTHS
void philox_lanes(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key,
                  std::uint32_t* blocks) {
  Lanes a, b, c, d;
  for (std::size_t i = 0; i < lanes; ++i) {
    a[i] = counter[0] + static_cast<std::uint32_t>(i);
    b[i] = counter[1];
    c[i] = counter[2];
    d[i] = counter[3];
  }
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::uint64_t product0 = multiplier0 * a[i], product1 = multiplier1 * c[i];
      a[i] = static_cast<std::uint32_t>(product1 >> 32) ^ b[i] ^ key[0];
      b[i] = static_cast<std::uint32_t>(product1);
      c[i] = static_cast<std::uint32_t>(product0 >> 32) ^ d[i] ^ key[1];
      d[i] = static_cast<std::uint32_t>(product0);
    }
    key[0] += weyl0;
    key[1] += weyl1;
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    blocks[4 * i] = a[i];
    blocks[4 * i + 1] = b[i];
    blocks[4 * i + 2] = c[i];
    blocks[4 * i + 3] = d[i];
  }
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = multiplier0 * counter[0];
    const std::uint64_t product1 = multiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += weyl0;
    key[1] += weyl1;
  }
  return counter;
}

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t index)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(index),
               static_cast<std::uint32_t>(index >> 32)} {}

std::uint32_t Random::next_u32() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

void Random::fill(std::span<std::uint32_t> values) {
  constexpr std::size_t at_once = 4 * lanes;
  std::array<std::uint32_t, at_once> blocks;
  for (std::size_t first = 0; first < values.size(); first += at_once) {
    philox_lanes(counter_, key_, blocks.data());
    counter_[0] += static_cast<std::uint32_t>(lanes);
    std::copy_n(blocks.begin(), std::min(at_once, values.size() - first), &values[first]);
  }
}

std::uint64_t Random::next_u64() {
  const std::uint64_t high = next_u32();
  return high << 32 | next_u32();
}

double Random::uniform() {
  return static_cast<double>(next_u64() >> 11) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace colonnade::base
