#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/lanes.hpp>
#include <colonnade/train/slices.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace colonnade::train {

namespace {

/// Lanes that a thread computes before it adds: one pass through memory adds four at once.
constexpr std::size_t buffers_wanted = 4;

/// Where the values of a header stand.
enum : std::size_t { failed_at, request_at, losses_at };

std::vector<ThreadPlan> plan_threads(std::int64_t lanes, int ranks, int rank, int threads) {
  const mpi::Range mine = lanes_of_rank(lanes, ranks, rank);
  std::vector<ThreadPlan> plans;
  plans.reserve(static_cast<std::size_t>(threads));
  for (int thread = 0; thread < threads; ++thread)
    plans.push_back(plan_thread(lanes_of_thread(mine, threads, thread), lanes, buffers_wanted));
  return plans;
}

void add_tile(float* into, const float* from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) into[i] += from[i];
}

/// Carries out additions on [range.begin, range.end) of all places, tile after tile, so that a tile
/// is added while it lies in cache.
void add_in_tiles(const std::vector<Addition>& additions, std::span<float* const> places,
                  mpi::Range range) {
  if (additions.empty()) return;
  for (std::int64_t begin = range.begin; begin < range.end; begin += tile_parameters) {
    const std::int64_t count = std::min(tile_parameters, range.end - begin);
    for (const Addition& addition : additions)
      add_tile(places[addition.into] + begin, places[addition.from] + begin, count);
  }
}

}  // namespace

GradientSum::GradientSum(const mpi::Communicator& comm, Team& team, std::int64_t lanes,
                         std::size_t parameters)
    : comm_(comm),
      team_(team),
      lanes_(lanes),
      parameters_(parameters),
      slice_size_(
          static_cast<std::size_t>(slice_of_rank(parameters, comm.size(), comm.rank()).size())),
      thread_plans_(plan_threads(lanes, comm.size(), comm.rank(), team.size())),
      losses_(static_cast<std::size_t>(lanes)),
      exchange_(comm) {
  allocate();
  plan_rank_sum();
  plan_exchange();
}

void GradientSum::allocate() {
  buffers_.resize(thread_plans_.size());
  mpi::agree(comm_, "allocating gradients", team_.run([&](int member) {
    const auto thread = static_cast<std::size_t>(member);
    for (std::size_t b = 0; b < thread_plans_[thread].buffers; ++b)
      buffers_[thread].emplace_back(parameters_);
  }));
  for (int rank = 0; rank < comm_.size(); ++rank)
    headers_.emplace_back(
        losses_at + static_cast<std::size_t>(lanes_of_rank(lanes_, comm_.size(), rank).size()));
}

void GradientSum::plan_rank_sum() {
  std::vector<PlacedNode> nodes;
  for (std::size_t thread = 0; thread < thread_plans_.size(); ++thread) {
    for (const PlacedNode& node : thread_plans_[thread].held) {
      nodes.push_back({node.node, held_.size()});
      held_.push_back(buffers_[thread][node.place].data());
    }
  }
  rank_sum_ = plan_sum(nodes, lanes_);
}

void GradientSum::plan_exchange() {
  const int ranks = comm_.size(), me = comm_.rank();
  std::vector<PlacedNode> nodes;
  mpi::agreed(comm_, "allocating gradients", [&] {
    for (int rank = 0; rank < ranks; ++rank) {
      const auto theirs = nodes_over(lanes_of_rank(lanes_, ranks, rank), lanes_);
      for (std::size_t n = 0; n < theirs.size(); ++n) {
        if (rank != me) received_.emplace_back(slice_size_);
        const mpi::Range slice = slice_of_rank(parameters_, ranks, me);
        float* const part =
            rank == me ? held_[rank_sum_.nodes[n].place] + slice.begin : received_.back().data();
        if (rank != me)
          exchange_.receive(rank, static_cast<int>(n) + 1, std::span(part, slice_size_));
        nodes.push_back({theirs[n], parts_.size()});
        parts_.push_back(part);
      }
    }
  });
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank == me) continue;
    const mpi::Range slice = slice_of_rank(parameters_, ranks, rank);
    for (std::size_t n = 0; n < rank_sum_.nodes.size(); ++n)
      exchange_.send(rank, static_cast<int>(n) + 1,
                     std::span<const float>(held_[rank_sum_.nodes[n].place] + slice.begin,
                                            static_cast<std::size_t>(slice.size())));
    exchange_.send(rank, 0, std::span<const double>(headers_[static_cast<std::size_t>(me)]));
    exchange_.receive(rank, 0, std::span(headers_[static_cast<std::size_t>(rank)]));
  }
  slice_sum_ = plan_sum(nodes, lanes_);
  base::expects(slice_sum_.nodes.size() == 1, "the parts of all ranks add up to one root");
}

std::optional<base::Error> GradientSum::compute(const LaneWork& work) {
  const auto losses =
      std::span(headers_[static_cast<std::size_t>(comm_.rank())]).subspan(losses_at);
  const std::int64_t first = lanes_of_rank(lanes_, comm_.size(), comm_.rank()).begin;
  return team_.run([&](int member) {
    auto& buffers = buffers_[static_cast<std::size_t>(member)];
    std::vector<float*> places;
    for (auto& buffer : buffers) places.push_back(buffer.data());
    const mpi::Range all{0, static_cast<std::int64_t>(parameters_)};
    for (const LaneTask& task : thread_plans_[static_cast<std::size_t>(member)].tasks) {
      add_in_tiles(task.first, places, all);
      losses[static_cast<std::size_t>(task.lane - first)] =
          work(member, task.lane, buffers[task.buffer].span());
    }
  });
}

void GradientSum::add(const std::vector<Addition>& additions, std::span<float* const> places,
                      std::size_t count) {
  if (additions.empty()) return;
  team_.run([&](int member) {
    add_in_tiles(additions, places,
                 slice_of_thread(static_cast<std::int64_t>(count), team_.size(), member));
  });
}

void GradientSum::take_headers(const std::optional<base::Error>& mine) {
  bool has_failed = false;
  auto next = losses_.begin();
  requests_.clear();
  for (const auto& header : headers_) {
    has_failed = has_failed || header[failed_at] != 0.0;
    requests_.push_back(static_cast<std::uint32_t>(header[request_at]));
    next = std::copy(header.begin() + losses_at, header.end(), next);
  }
  if (has_failed) mpi::agree(comm_, "training step", mine);
}

void GradientSum::run(const LaneWork& work, StepTimes& times, std::uint32_t request) {
  const mpi::InPhase here("training step");
  Stopwatch watch;
  const auto error = compute(work);
  auto& header = headers_[static_cast<std::size_t>(comm_.rank())];
  header[failed_at] = error ? 1.0 : 0.0;
  header[request_at] = request;
  times.compute_s += watch.lap_s();
  add(rank_sum_.additions, held_, parameters_);
  times.sum_s += watch.lap_s();
  base::fault_site(base::FaultSite::gradient_sum);
  exchange_.run();
  take_headers(error);
  times.communication_s += watch.lap_s();
  add(slice_sum_.additions, parts_, slice_size_);
  times.sum_s += watch.lap_s();
}

std::span<float> GradientSum::sum() noexcept {
  return {parts_[slice_sum_.nodes.front().place], slice_size_};
}

std::int64_t GradientSum::bytes(std::int64_t lanes, std::size_t parameters, int ranks, int rank,
                                int threads) {
  std::size_t values = 0;
  for (const ThreadPlan& plan : plan_threads(lanes, ranks, rank, threads))
    values += plan.buffers * parameters;
  const auto slice = static_cast<std::size_t>(slice_of_rank(parameters, ranks, rank).size());
  for (int other = 0; other < ranks; ++other)
    if (other != rank)
      values += nodes_over(lanes_of_rank(lanes, ranks, other), lanes).size() * slice;
  return static_cast<std::int64_t>(values * sizeof(float));
}

}  // namespace colonnade::train
