#include <colonnade/mpi/deal.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

using namespace colonnade::mpi;

namespace {

/// What rank 0 hears of a deal.
struct Heard {
  std::vector<std::size_t> started;
  std::map<std::size_t, std::string> ended;
};

Deal::Listener listener_of(
    Heard& heard, std::function<bool()> wants_stop = [] { return false; }) {
  return {
      .on_start = [&](std::size_t task, int) { heard.started.push_back(task); },
      .on_end = [&](std::size_t task, const std::string& text) { heard.ended.emplace(task, text); },
      .wants_stop = std::move(wants_stop)};
}

std::vector<std::size_t> tasks_of(std::size_t count) {
  std::vector<std::size_t> tasks(count);
  std::iota(tasks.rbegin(), tasks.rend(), std::size_t{0});
  return tasks;
}

/// Teams of one or two ranks; the last rank of an even number sits out.
std::vector<int> sizes_of(int ranks) {
  std::vector<int> sizes;
  int left = ranks % 2 == 0 ? ranks - 1 : ranks;
  while (left > 0) {
    sizes.push_back(std::min(left, 1 + static_cast<int>(sizes.size() % 2)));
    left -= sizes.back();
  }
  return sizes;
}

void work_for(Deal& deal, int pieces) {
  for (int piece = 0; piece < pieces; ++piece) {
    deal.poll();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

TEST(Teams, CutTheRanksInOrder) {
  const Communicator world;
  const Teams teams(world, sizes_of(world.size()));
  int begin = 0;
  for (std::size_t team = 0; team < teams.sizes().size(); ++team) {
    EXPECT_EQ(teams.roots()[team], begin);
    const int size = teams.sizes()[team];
    if (begin <= world.rank() && world.rank() < begin + size) {
      ASSERT_TRUE(teams.own());
      EXPECT_EQ(teams.own()->size(), size);
      EXPECT_EQ(teams.own()->rank(), world.rank() - begin);
    }
    begin += size;
  }
  EXPECT_EQ(teams.own().has_value(), world.rank() < begin);
}

TEST(Deal, EveryTaskIsDoneOnceByAWholeTeam) {
  const Communicator world;
  const Teams teams(world, sizes_of(world.size()));
  Heard heard;
  Deal deal(world, teams, tasks_of(23), listener_of(heard));
  std::int64_t done = 0;
  EXPECT_FALSE(deal.run([&](std::size_t task) {
    EXPECT_EQ(teams.own()->min(task), teams.own()->max(task));
    work_for(deal, static_cast<int>(task % 5));
    if (teams.own()->is_root()) ++done;
    // Beyond what MPI sends without waiting for the receiver.
    return std::string(task * 1000, 'a') + std::to_string(task);
  }));
  EXPECT_EQ(world.sum(done), 23);
  if (!world.is_root()) return;
  EXPECT_EQ(heard.started, tasks_of(23));
  ASSERT_EQ(heard.ended.size(), 23U);
  for (const auto& [task, text] : heard.ended)
    EXPECT_EQ(text, std::string(task * 1000, 'a') + std::to_string(task));
}

TEST(Deal, FewerTasksThanTeams) {
  const Communicator world;
  const Teams teams(world, std::vector<int>(static_cast<std::size_t>(world.size()), 1));
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}}) {
    Heard heard;
    Deal deal(world, teams, tasks_of(count), listener_of(heard));
    EXPECT_FALSE(deal.run([&](std::size_t) { return ""; }));
    if (world.is_root()) {
      EXPECT_EQ(heard.ended.size(), count);
    }
  }
}

TEST(Deal, AWishOfAnyRankStopsAllTeams) {
  const Communicator world;
  const Teams teams(world, sizes_of(world.size()));
  for (int wishing = 0; wishing < world.size(); ++wishing) {
    Heard heard;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
    Deal deal(world, teams, tasks_of(world.size() * 2), listener_of(heard, [&] {
                return world.rank() == wishing && std::chrono::steady_clock::now() > end;
              }));
    // No task ends unless its team is told to stop.
    EXPECT_TRUE(deal.run([&](std::size_t) {
      std::int64_t told = 0;
      while (told == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        told = teams.own()->max(std::int64_t{deal.poll() ? 1 : 0});
      }
      return "stopped";
    }));
    if (!world.is_root()) continue;
    EXPECT_LE(heard.started.size(), teams.sizes().size());
    EXPECT_GE(heard.started.size(), 1U);
    EXPECT_EQ(heard.ended.size(), heard.started.size());
  }
}

TEST(Deal, TheRootStopsAfterAnEnd) {
  const Communicator world;
  const Teams teams(world, sizes_of(world.size()));
  Heard heard;
  auto listener = listener_of(heard);
  Deal* known = nullptr;
  listener.on_end = [&](std::size_t task, const std::string& text) {
    heard.ended.emplace(task, text);
    if (text == "fatal") known->stop();
  };
  Deal deal(world, teams, tasks_of(50), listener);
  known = &deal;
  EXPECT_TRUE(deal.run([&](std::size_t task) {
    work_for(deal, 1);
    return task == 40 ? "fatal" : "done";
  }));
  if (!world.is_root()) return;
  EXPECT_EQ(heard.ended.size(), heard.started.size());
  EXPECT_GE(heard.started.size(), 10U);
  EXPECT_LT(heard.started.size(), 50U);
}
