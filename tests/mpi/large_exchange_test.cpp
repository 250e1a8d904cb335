// Messages beyond the range of int: over 2^31 bytes always, over 2^31 values where the environment
// sets COLONNADE_LARGE_TESTS (18 GB of memory).
#include <colonnade/mpi/communicator.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace colonnade::mpi {
namespace {

float value_of(std::size_t i) {
  return static_cast<float>(i % 16769023);  // a prime, and exact in float
}

std::size_t available_gib() {
  std::ifstream lines("/proc/meminfo");
  for (std::string word; lines >> word;)
    if (std::size_t kib = 0; word == "MemAvailable:" && lines >> kib) return kib >> 20;
  return 0;
}

/// Sends `rows` rows of `width` values from the only rank to itself; compares every value.
void exchange(int rows, std::int64_t width) {
  const Communicator self(MPI_COMM_SELF);
  const auto values = static_cast<std::size_t>(rows * width);
  const auto send = std::make_unique_for_overwrite<float[]>(values);
  const auto received = std::make_unique_for_overwrite<float[]>(values);
  for (std::size_t i = 0; i < values; ++i) send[i] = value_of(i);
  const std::span<const int> counts(&rows, 1);
  exchange_rows<float>(self, {send.get(), values}, counts, {received.get(), values}, counts, width);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < values; ++i) equal += received[i] == value_of(i) ? 1 : 0;
  EXPECT_EQ(equal, values);
}

TEST(LargeExchange, CarriesMoreThanTwoToThe31Bytes) {
  if (available_gib() < 6) GTEST_SKIP() << "NOT SHOWN: more than 2^31 bytes (6 GiB of memory)";
  exchange(131000, 4128);
}

TEST(LargeExchange, CarriesMoreThanTwoToThe31Values) {
  if (std::getenv("COLONNADE_LARGE_TESTS") == nullptr)
    GTEST_SKIP() << "NOT SHOWN: more than 2^31 values; set COLONNADE_LARGE_TESTS (18 GB of memory)";
  exchange(530000, 4128);
}

}  // namespace
}  // namespace colonnade::mpi
