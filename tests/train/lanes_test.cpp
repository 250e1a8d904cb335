#include <colonnade/base/error.hpp>
#include <colonnade/train/lanes.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace colonnade;
using train::Lanes;

TEST(Lanes, ShowEachColumnExactlyOnceAnEpoch) {
  std::int64_t compared = 0;
  for (const std::int64_t columns : {1, 7, 64, 65, 257, 1000}) {
    for (const std::int64_t micro_batch : {1, 2, 5, 16}) {
      for (const std::int64_t count : {1, 2, 3, 4, 7, 12}) {
        if (count * micro_batch > columns) continue;
        const Lanes lanes(columns, count * micro_batch, micro_batch, 11);
        ASSERT_EQ(lanes.count(), count);
        for (const std::int64_t epoch : {0, 3}) {
          std::vector<int> seen(static_cast<std::size_t>(columns));
          std::vector<std::int64_t> chosen;
          for (std::int64_t step = 0; step < lanes.steps_per_epoch(); ++step) {
            std::int64_t valid = 0;
            for (std::int64_t lane = 0; lane < count; ++lane) {
              lanes.select(epoch, step, lane, chosen);
              const mpi::Range own = lanes.columns_of({lane, lane + 1});
              for (const auto column : chosen) {
                ASSERT_TRUE(own.contains(column));
                ++seen[static_cast<std::size_t>(column)];
              }
              ASSERT_EQ(static_cast<std::int64_t>(chosen.size()), lanes.valid_columns(step, lane));
              valid += lanes.valid_columns(step, lane);
            }
            ASSERT_EQ(valid, lanes.valid_columns(step));
            ASSERT_GT(valid, 0);
          }
          for (const int times : seen) ASSERT_EQ(times, 1);
          compared += columns;
        }
      }
    }
  }
  EXPECT_EQ(compared, 2 * (1 * 1 + 9 * 7 + 22 * 64 + 22 * 65 + 24 * 257 + 24 * 1000));
}

TEST(Lanes, OrderColumnsAnewInEachEpoch) {
  const Lanes lanes(1000, 200, 100, 5);
  std::vector<std::int64_t> first, second, other_seed;
  lanes.select(0, 0, 0, first);
  lanes.select(1, 0, 0, second);
  Lanes(1000, 200, 100, 6).select(0, 0, 0, other_seed);
  EXPECT_NE(first, second);
  EXPECT_NE(first, other_seed);
}

TEST(Lanes, TakeEachWindowFromItsOwnRuns) {
  std::int64_t compared = 0, runs = 0, cut_runs = 0;
  for (const std::int64_t columns : {1, 31, 32, 33, 64, 65, 257, 1000, 5003}) {
    for (const std::int64_t micro_batch : {1, 5, 16, 24, 64}) {
      for (const std::int64_t count : {1, 3, 7}) {
        if (count * micro_batch > columns) continue;
        const Lanes lanes(columns, count * micro_batch, micro_batch, 11);
        for (const std::int64_t lane : {std::int64_t{0}, count - 1}) {
          const mpi::Range own = lanes.columns_of({lane, lane + 1});
          std::vector<std::int64_t> chosen, places;
          for (std::int64_t window = 0; window < lanes.windows_per_epoch(); ++window) {
            const auto ranges = lanes.window(2, window, lane);
            std::vector<std::int64_t> held;
            for (const mpi::Range range : ranges) {
              ASSERT_EQ((range.begin - own.begin) / Lanes::run_columns,
                        (range.end - 1 - own.begin) / Lanes::run_columns)
                  << "a range lies in one run";
              for (std::int64_t c = range.begin; c < range.end; ++c) held.push_back(c);
            }
            ASSERT_LE(static_cast<std::int64_t>(held.size()), lanes.window_columns());
            // Only the first and the last may be parts of runs.
            for (std::size_t r = 1; r + 1 < ranges.size(); ++r)
              cut_runs += ranges[r].size() < Lanes::run_columns && ranges[r].end < own.end ? 1 : 0;
            runs += static_cast<std::int64_t>(ranges.size());
            std::size_t used = 0;
            const std::int64_t begin = window * Lanes::window_steps;
            const std::int64_t end = std::min(begin + Lanes::window_steps, lanes.steps_per_epoch());
            for (std::int64_t step = begin; step < end; ++step) {
              lanes.select(2, step, lane, chosen);
              lanes.select_places(2, step, lane, places);
              ASSERT_EQ(chosen.size(), places.size());
              for (std::size_t i = 0; i < places.size(); ++i)
                ASSERT_EQ(held.at(static_cast<std::size_t>(places[i])), chosen[i]);
              used += places.size();
            }
            ASSERT_EQ(used, held.size());
            compared += static_cast<std::int64_t>(used);
          }
        }
      }
    }
  }
  EXPECT_EQ(cut_runs, 0);
  EXPECT_GT(runs, 1000);
  EXPECT_GT(compared, 50000);
}

TEST(Lanes, MixTheColumnsOfALane) {
  // Neighbours in the order are seldom neighbours in the lane, and runs come from all over it.
  const Lanes lanes(20000, 256, 256, 3);
  std::vector<std::int64_t> chosen;
  std::int64_t neighbours = 0, lower_half = 0;
  lanes.select(0, 5, 0, chosen);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    neighbours += i > 0 && std::abs(chosen[i] - chosen[i - 1]) < Lanes::run_columns ? 1 : 0;
    lower_half += chosen[i] < 10000 ? 1 : 0;
  }
  EXPECT_LT(neighbours, 20);
  EXPECT_GT(lower_half, 64);
  EXPECT_LT(lower_half, 192);
}

TEST(Lanes, AreContiguousOnRanksAndThreads) {
  std::int64_t compared = 0;
  for (std::int64_t count = 1; count < 20; ++count) {
    for (const int ranks : {1, 2, 3, 8, 25}) {
      for (const int threads : {1, 2, 4}) {
        std::int64_t next = 0;
        for (int rank = 0; rank < ranks; ++rank) {
          for (int thread = 0; thread < threads; ++thread) {
            const auto mine =
                train::lanes_of_thread(train::lanes_of_rank(count, ranks, rank), threads, thread);
            ASSERT_EQ(mine.begin, next);
            next = mine.end;
          }
        }
        ASSERT_EQ(next, count);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 19 * 5 * 3);
}

TEST(Lanes, RefuseBatchesThatCannotBe) {
  const auto message = [](std::int64_t columns, std::int64_t batch, std::int64_t micro_batch) {
    try {
      const Lanes lanes(columns, batch, micro_batch, 0);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message(100, 96, 36).find("use --batch 108"), std::string::npos);
  EXPECT_NE(message(100, 128, 32).find("larger than the training split of 100 columns"),
            std::string::npos);
  EXPECT_NE(message(100, 0, 32).find("positive"), std::string::npos);
  EXPECT_EQ(message(100, 100, 100), "");
}
