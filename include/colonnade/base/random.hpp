#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace colonnade::base {

/// What a stream of random numbers is for: equal seeds in different purposes give unrelated
/// streams.
enum class Purpose : std::uint32_t {
  synth = 1,
  shuffle = 2,
  initial_weights = 3,
  epoch_order = 4,
  bootstrap = 5,
  dropout = 6,
  search = 20,
  test = 99
};

/// Philox4x32-10 (Salmon et al., SC 2011): 128 random bits as a pure function of key and counter.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

/// A stream of random numbers that is a pure function of (seed, purpose, index): the same on any
/// rank.
class Random {
 public:
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t index);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  /// What next_u32() gives one by one, faster: for a stream from its start, and in a single call.
  void fill(std::span<std::uint32_t> values);
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Standard normal, by the Box-Muller transform.
  double normal();

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace colonnade::base
