#include "train/gradient_values.hpp"

#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/slices.hpp>

#include <gtest/gtest.h>
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

namespace {
std::atomic<int> started = 0;  ///< exchanges
std::atomic<int> done = 0;     ///< looks in a row that found all messages of an exchange arrived
}  // namespace

// MPI's own, with a look at what they do.
extern "C" int MPI_Startall(int count, MPI_Request* requests) {
  ++started;
  return PMPI_Startall(count, requests);
}
extern "C" int MPI_Testall(int count, MPI_Request* requests, int* flag, MPI_Status* statuses) {
  const int result = PMPI_Testall(count, requests, flag, statuses);
  done = *flag != 0 ? done + 1 : 0;
  return result;
}

using namespace colonnade;
using namespace colonnade::train;

namespace {

double loss(std::int64_t lane, int round) {
  return 0.1 * static_cast<double>(lane) + round;
}

float tree_sum(int level, std::int64_t index, std::int64_t lanes, std::size_t parameter,
               int round) {
  if (level == 0) return value(index, parameter, round);
  const float left = tree_sum(level - 1, 2 * index, lanes, parameter, round);
  if ((2 * index + 1) << (level - 1) >= lanes) return left;
  return left + tree_sum(level - 1, 2 * index + 1, lanes, parameter, round);
}

std::vector<float> expected_sum(std::int64_t lanes, int round) {
  int level = 0;
  while ((std::int64_t{1} << level) < lanes) ++level;
  std::vector<float> sum(parameters);
  for (std::size_t p = 0; p < parameters; ++p) sum[p] = tree_sum(level, 0, lanes, p, round);
  return sum;
}

/// Writes a gradient from its end on, as a backward pass does, and says how far it is; what is not
/// written yet holds nothing good.
GradientSum::LaneWork work_of(int round) {
  return [round](int, mpi::Range lanes, std::span<double> losses, std::span<float> gradient,
                 const nn::Ready& ready) {
    const int level = std::countr_zero(static_cast<std::uint64_t>(lanes.size()));
    const std::int64_t node = lanes.begin >> level;
    EXPECT_EQ(node << level, lanes.begin);
    EXPECT_EQ(std::int64_t{1} << level, lanes.size());
    constexpr std::size_t block = 3000;
    std::fill(gradient.begin(), gradient.end(), NAN);
    for (std::size_t end = gradient.size(); end > 0;) {
      const std::size_t begin = end > block ? end - block : 0;
      for (std::size_t p = begin; p < end; ++p)
        gradient[p] = tree_sum(level, node, lanes.end, p, round);
      end = begin;
      if (ready) ready(begin);
    }
    for (std::size_t i = 0; i < losses.size(); ++i)
      losses[i] = loss(lanes.begin + static_cast<std::int64_t>(i), round);
  };
}

/// All parameters from the ranks' values for their slices.
std::vector<float> joined(const mpi::Communicator& comm, const Slices& slices,
                          const SliceValues& mine) {
  std::vector<float> all;
  for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket) {
    const auto values = comm.concatenate(mine[bucket]);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

/// The number of values in which the sum over `lanes` lanes differs from the straightforward one.
std::int64_t differences(const mpi::Communicator& comm, std::int64_t lanes, int threads,
                         std::int64_t buckets, std::int64_t at_once) {
  Team team(threads, buckets > 1);
  const Slices slices(parameters, comm.size(), buckets);
  EXPECT_EQ(slices.buckets(), static_cast<std::size_t>(buckets));
  GradientSum sum(comm, team, lanes, slices, at_once);
  StepTimes times;
  std::int64_t different = 0;
  for (int round = 0; round < 2; ++round) {
    const auto expected = expected_sum(lanes, round);
    std::vector<int> told(parameters);
    sum.run(work_of(round), times, 0, [&](std::int64_t begin, std::span<const float> tile) {
      EXPECT_LE(tile.size(), static_cast<std::size_t>(tile_parameters));
      for (std::size_t i = 0, p = static_cast<std::size_t>(begin); i < tile.size(); ++i, ++p)
        told[p] += std::memcmp(&tile[i], &expected[p], sizeof(float)) == 0 ? 1 : 2;
    });
    EXPECT_EQ(std::count(told.begin(), told.end(), 1), slices.size(comm.rank()));
    EXPECT_EQ(std::accumulate(told.begin(), told.end(), 0), slices.size(comm.rank()));
    const auto all = joined(comm, slices, sum.sum());
    EXPECT_EQ(all.size(), parameters);
    for (std::size_t p = 0; p < parameters; ++p)
      different += std::memcmp(&all[p], &expected[p], sizeof(float)) != 0 ? 1 : 0;
    EXPECT_EQ(sum.losses().size(), static_cast<std::size_t>(lanes));
    for (std::int64_t lane = 0; lane < lanes; ++lane)
      EXPECT_EQ(sum.losses()[static_cast<std::size_t>(lane)], loss(lane, round));
  }
  return different;
}

}  // namespace

TEST(GradientSum, EqualsTheSerialTreeToTheLastBit) {
  const mpi::Communicator comm;
  for (const std::int64_t lanes : {1, 2, 3, 4, 5, 6, 7, 8, 13})
    for (const int threads : {1, 2, 3})
      for (const std::int64_t buckets : bucket_counts)
        for (const std::int64_t at_once : {1, 2, 4})
          EXPECT_EQ(differences(comm, lanes, threads, buckets, at_once), 0)
              << lanes << " lanes, " << at_once << " at once, " << threads << " threads, "
              << comm.size() << " ranks, " << buckets << " buckets";
}

TEST(GradientSum, ThrowsTheErrorOfTheLowestFailingRankOnAllRanks) {
  const mpi::Communicator comm;
  const std::int64_t lanes = 8;
  for (const std::int64_t buckets : bucket_counts)
    for (const std::size_t fails_at : {std::size_t{0}, 3 * parameters / 4, parameters}) {
      Team team(2, buckets > 1);
      const Slices slices(parameters, comm.size(), buckets);
      GradientSum sum(comm, team, lanes, slices);
      StepTimes times;
      // The buckets behind `fails_at` are on their way when the lane fails.
      const auto failing = [&](int, mpi::Range lane, std::span<double>, std::span<float>,
                               const nn::Ready& ready) {
        if (ready) ready(fails_at);
        if (lane.begin >= 5)
          throw base::Error(base::ErrorKind::numeric,
                            "lane " + std::to_string(lane.begin) + " failed");
      };
      try {
        sum.run(failing, times);
        FAIL() << "no error";
      } catch (const mpi::AgreedError& error) {
        EXPECT_EQ(error.kind(), base::ErrorKind::numeric);
        EXPECT_EQ(error.sentence(), "lane 5 failed");
      }
      sum.run(work_of(0), times);
      EXPECT_EQ(sum.losses()[7], loss(7, 0));
      EXPECT_EQ(joined(comm, slices, sum.sum()), expected_sum(lanes, 0)) << buckets << " buckets";
    }
}

TEST(GradientSum, SendsBucketsWhileLanesAreComputed) {
  const mpi::Communicator comm;
  Team team(2, true);
  const Slices slices(parameters, comm.size(), 3);
  GradientSum sum(comm, team, 2 * comm.size(), slices);
  StepTimes times;
  started = done = 0;
  const auto have_arrived = [&] { return comm.size() == 1 || (started == 2 && done >= 2); };
  const auto slow = [&](int, mpi::Range lane, std::span<double> losses, std::span<float> gradient,
                        const nn::Ready& ready) {
    work_of(1)(0, lane, losses, gradient, {});
    ready(static_cast<std::size_t>(slices.bucket(1).begin));
    const auto start = std::chrono::steady_clock::now();
    while (!have_arrived() && std::chrono::steady_clock::now() - start < std::chrono::seconds(60))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(have_arrived()) << "two of three buckets, before any lane has ended";
  };
  sum.run(slow, times);
  EXPECT_EQ(joined(comm, slices, sum.sum()), expected_sum(2 * comm.size(), 1));
}
