#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/lanes.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace colonnade::train {

namespace {

/// Lanes that a thread computes before it adds: one pass through memory adds four at once.
constexpr std::size_t buffers_wanted = 4;

/// How long the calling thread sleeps between looks at messages that are under way: over TCP they
/// move only while it looks.
constexpr std::chrono::microseconds between_polls(150);

/// Where the values of a header stand.
enum : std::size_t { failed_at, request_at, losses_at };

std::vector<ThreadPlan> plan_threads(std::int64_t lanes, int ranks, int rank, int threads,
                                     std::int64_t at_once) {
  const mpi::Range mine = lanes_of_rank(lanes, ranks, rank);
  std::vector<ThreadPlan> plans;
  plans.reserve(static_cast<std::size_t>(threads));
  for (int thread = 0; thread < threads; ++thread)
    plans.push_back(
        plan_thread(lanes_of_thread(mine, threads, thread), lanes, buffers_wanted, at_once));
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
                         const Slices& slices, std::int64_t at_once)
    : comm_(comm),
      team_(team),
      lanes_(lanes),
      slices_(slices),
      thread_plans_(plan_threads(lanes, comm.size(), comm.rank(), team.size(), at_once)),
      losses_(static_cast<std::size_t>(lanes)),
      ready_(slices.buckets(), team.size()) {
  allocate();
  plan_rank_sum();
  plan_exchange();
}

void GradientSum::allocate() {
  buffers_.resize(thread_plans_.size());
  mpi::agree(comm_, "allocating gradients", team_.run([&](int member) {
    const auto thread = static_cast<std::size_t>(member);
    for (std::size_t b = 0; b < thread_plans_[thread].buffers; ++b)
      buffers_[thread].emplace_back(slices_.parameters());
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
  parts_.resize(slices_.buckets());
  mpi::agreed(comm_, "allocating gradients", [&] {
    for (int rank = 0; rank < ranks; ++rank) {
      const auto theirs = nodes_over(lanes_of_rank(lanes_, ranks, rank), lanes_);
      for (std::size_t n = 0; n < theirs.size(); ++n) {
        nodes.push_back({theirs[n], nodes.size()});
        if (rank != me) received_.emplace_back(static_cast<std::size_t>(slices_.size(me)));
        float* next = rank != me ? received_.back().data() : nullptr;
        for (std::size_t bucket = 0; bucket < slices_.buckets(); ++bucket) {
          const mpi::Range mine = slices_.range(me, bucket);
          parts_[bucket].push_back(rank == me ? held_[rank_sum_.nodes[n].place] + mine.begin
                                              : std::exchange(next, next + mine.size()));
        }
      }
    }
  });
  slice_sum_ = plan_sum(nodes, lanes_);
  base::expects(slice_sum_.nodes.size() == 1, "the parts of all ranks add up to one root");
  for (std::size_t bucket = 0; bucket < slices_.buckets(); ++bucket) plan_messages(bucket);
  for (int rank = 0; rank < ranks; ++rank) {
    if (rank == me) continue;
    exchanges_.front().send(rank, 0,
                            std::span<const double>(headers_[static_cast<std::size_t>(me)]));
    exchanges_.front().receive(rank, 0, std::span(headers_[static_cast<std::size_t>(rank)]));
  }
}

void GradientSum::plan_messages(std::size_t bucket) {
  const int me = comm_.rank();
  FixedExchange& exchange = exchanges_.emplace_back(comm_);
  const auto tag = [&](std::size_t node) {
    return mpi::count_of(static_cast<std::int64_t>(node * slices_.buckets() + bucket)) + 1;
  };
  const auto size = [](mpi::Range range) { return static_cast<std::size_t>(range.size()); };
  std::size_t part = 0;
  for (int rank = 0; rank < comm_.size(); ++rank) {
    const std::size_t theirs = nodes_over(lanes_of_rank(lanes_, comm_.size(), rank), lanes_).size();
    for (std::size_t n = 0; n < theirs; ++n, ++part)
      if (rank != me)
        exchange.receive(rank, tag(n),
                         std::span(parts_[bucket][part], size(slices_.range(me, bucket))));
    if (rank == me) continue;
    const mpi::Range range = slices_.range(rank, bucket);
    for (std::size_t n = 0; n < rank_sum_.nodes.size(); ++n)
      exchange.send(
          rank, tag(n),
          std::span<const float>(held_[rank_sum_.nodes[n].place] + range.begin, size(range)));
  }
}

std::optional<base::Error> GradientSum::compute(const LaneWork& work) {
  const auto lanes = [&](int member) { compute_as(member, work); };
  if (slices_.buckets() == 1) return team_.run(lanes);
  ready_.reset();
  return team_.run_beside(lanes, [this] { send_while_computing(); });
}

void GradientSum::compute_as(int member, const LaneWork& work) {
  const auto losses =
      std::span(headers_[static_cast<std::size_t>(comm_.rank())]).subspan(losses_at);
  const std::int64_t first = lanes_of_rank(lanes_, comm_.size(), comm_.rank()).begin;
  auto& buffers = buffers_[static_cast<std::size_t>(member)];
  std::vector<float*> places;
  for (auto& buffer : buffers) places.push_back(buffer.data());

  /// Finishes the buckets from the last to the first, however the lanes end.
  struct Finisher {
    GradientSum& sum;
    std::size_t left = sum.slices_.buckets();

    void finish_from(std::size_t parameter) {
      while (left > 0 && static_cast<std::size_t>(sum.slices_.bucket(left - 1).begin) >= parameter)
        sum.finish(--left);
    }
    ~Finisher() { finish_from(0); }
  } finisher{*this};
  const nn::Ready ready = [&](std::size_t parameter) {
    if (parameter > 0) finisher.finish_from(parameter);
  };

  const auto& tasks = thread_plans_[static_cast<std::size_t>(member)].tasks;
  for (const LaneTask& task : tasks) {
    add_in_tiles(task.first, places, {0, static_cast<std::int64_t>(slices_.parameters())});
    work(member, task.lanes,
         losses.subspan(static_cast<std::size_t>(task.lanes.begin - first),
                        static_cast<std::size_t>(task.lanes.size())),
         buffers[task.buffer].span(), &task == &tasks.back() ? ready : nn::Ready());
  }
}

void GradientSum::finish(std::size_t bucket) {
  if (slices_.buckets() == 1 || !ready_.finish(bucket)) return;
  if (bucket > 0)
    add_in_tiles(rank_sum_.additions, held_, slices_.bucket(bucket));
  else
    computed_ = std::chrono::steady_clock::now();
  ready_.publish(bucket);
}

void GradientSum::send_while_computing() {
  std::vector<FixedExchange*> started;
  while (true) {
    const auto wait = started.empty() ? std::chrono::microseconds(100'000) : between_polls;
    const auto bucket = ready_.next(wait);
    if (bucket == std::size_t{0}) return;
    if (bucket) started.emplace_back(&exchanges_[*bucket])->start();
    for (FixedExchange* exchange : started) exchange->poll();
  }
}

void GradientSum::add_first_bucket() {
  if (rank_sum_.additions.empty()) return;
  team_.run([&](int member) {
    add_in_tiles(rank_sum_.additions, held_,
                 slice_of_thread(slices_.bucket(0).end, team_.size(), member));
  });
}

void GradientSum::add_slice(const TileWork& summed) {
  if (slice_sum_.additions.empty() && !summed) return;
  const std::size_t root = slice_sum_.nodes.front().place;
  team_.run([&](int member) {
    for (const SlicePiece& piece : slices_.pieces_of_thread(comm_.rank(), team_.size(), member)) {
      const auto& parts = parts_[piece.bucket];
      for (std::int64_t done = 0; done < piece.parameters.size(); done += tile_parameters) {
        const std::int64_t size = std::min(tile_parameters, piece.parameters.size() - done),
                           begin = piece.offset + done;
        add_in_tiles(slice_sum_.additions, parts, {begin, begin + size});
        if (summed)
          summed(piece.parameters.begin + done,
                 {parts[root] + begin, static_cast<std::size_t>(size)});
      }
    }
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

void GradientSum::run(const LaneWork& work, StepTimes& times, std::uint32_t request,
                      const TileWork& summed) {
  const mpi::InPhase here("training step");
  Stopwatch watch;
  const auto error = compute(work);
  auto& header = headers_[static_cast<std::size_t>(comm_.rank())];
  header[failed_at] = error ? 1.0 : 0.0;
  header[request_at] = request;
  if (slices_.buckets() > 1) {
    times.compute_s += watch.lap_s(computed_);
    // The calling thread may have been amid messages.
    times.communication_s += watch.lap_s();
  } else {
    times.compute_s += watch.lap_s();
  }
  add_first_bucket();
  times.sum_s += watch.lap_s();
  base::fault_site(base::FaultSite::gradient_sum);
  exchanges_.front().start();
  for (FixedExchange& exchange : exchanges_) exchange.finish();
  take_headers(error);
  times.communication_s += watch.lap_s();
  add_slice(summed);
  times.sum_s += watch.lap_s();
}

SliceValues GradientSum::sum() const {
  SliceValues values;
  for (std::size_t bucket = 0; bucket < slices_.buckets(); ++bucket)
    values.emplace_back(parts_[bucket][slice_sum_.nodes.front().place],
                        static_cast<std::size_t>(slices_.range(comm_.rank(), bucket).size()));
  return values;
}

std::int64_t GradientSum::bytes(std::int64_t lanes, const Slices& slices, int rank, int threads,
                                std::int64_t at_once) {
  std::size_t values = 0;
  for (const ThreadPlan& plan : plan_threads(lanes, slices.ranks(), rank, threads, at_once))
    values += plan.buffers * slices.parameters();
  for (int other = 0; other < slices.ranks(); ++other)
    if (other != rank)
      values += nodes_over(lanes_of_rank(lanes, slices.ranks(), other), lanes).size() *
                static_cast<std::size_t>(slices.size(rank));
  return static_cast<std::int64_t>(values * sizeof(float));
}

}  // namespace colonnade::train
