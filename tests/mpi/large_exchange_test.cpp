// A message beyond the range of int: more than 2^31 values, of one byte each to keep it cheap.
#include <colonnade/mpi/communicator.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace colonnade::mpi {
namespace {

char value_of(std::size_t i) {
  return static_cast<char>(i % 251);  // a prime, so that no row repeats the one before
}

std::int64_t available_gib() {
  std::ifstream lines("/proc/meminfo");
  for (std::string word; lines >> word;)
    if (std::int64_t kib = 0; word == "MemAvailable:" && lines >> kib) return kib >> 20;
  return 0;
}

TEST(LargeExchange, CarriesMoreThanTwoToThe31Values) {
  if (Communicator().min(available_gib()) < 6)
    GTEST_SKIP() << "NOT SHOWN: more than 2^31 values (6 GiB of memory)";
  constexpr int rows = 525000;
  constexpr std::int64_t width = 4128;
  constexpr auto values = static_cast<std::size_t>(rows * width);
  ASSERT_GT(values, static_cast<std::size_t>(std::numeric_limits<int>::max()));
  // The first rank sends them all to the last.
  const Communicator comm;
  const bool sends = comm.is_root(), receives = comm.rank() == comm.size() - 1;
  std::vector<int> send_counts(static_cast<std::size_t>(comm.size()), 0), counts(send_counts);
  if (sends) send_counts.back() = rows;
  if (receives) counts.front() = rows;
  const std::size_t sent = sends ? values : 0, arriving = receives ? values : 0;
  const auto send = std::make_unique_for_overwrite<char[]>(sent);
  const auto received = std::make_unique_for_overwrite<char[]>(arriving);
  for (std::size_t i = 0; i < sent; ++i) send[i] = value_of(i);
  exchange_rows<char>(comm, {send.get(), sent}, send_counts, {received.get(), arriving}, counts,
                      width);
  std::int64_t equal = 0;
  for (std::size_t i = 0; i < arriving; ++i) equal += received[i] == value_of(i) ? 1 : 0;
  EXPECT_EQ(comm.sum(equal), static_cast<std::int64_t>(values));
}

}  // namespace
}  // namespace colonnade::mpi
