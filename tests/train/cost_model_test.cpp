// The model's arithmetic with made numbers, and its counts beside what GradientSum really sends.

#include <colonnade/train/cost_model.hpp>
#include <colonnade/train/gradient_sum.hpp>
#include <colonnade/train/lanes.hpp>
#include <colonnade/train/slices.hpp>

#include <gtest/gtest.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <vector>

namespace {

struct Planned {
  std::int64_t messages = 0, bytes = 0;
};
Planned sent, received;

void count(Planned& planned, int values, MPI_Datatype type) {
  int size = 0;
  MPI_Type_size(type, &size);
  ++planned.messages;
  planned.bytes += std::int64_t{values} * size;
}

}  // namespace

// MPI's own, with a look at what is planned.
extern "C" int MPI_Send_init(const void* values, int size, MPI_Datatype type, int to, int tag,
                             MPI_Comm comm, MPI_Request* request) {
  count(sent, size, type);
  return PMPI_Send_init(values, size, type, to, tag, comm, request);
}
extern "C" int MPI_Recv_init(void* values, int size, MPI_Datatype type, int from, int tag,
                             MPI_Comm comm, MPI_Request* request) {
  count(received, size, type);
  return PMPI_Recv_init(values, size, type, from, tag, comm, request);
}

namespace {

using namespace colonnade;
using train::Link;
using train::MachineCosts;
using train::modelled_step;
using train::StepSplit;
using train::StepTimes;
using train::StepWork;
using train::TimedMessage;

constexpr std::size_t net = 488852;  // 4128-100-100-100-552: 120 tiles

MachineCosts made_costs() {
  return {.compute_s = 2e-3,
          .input_s = 1e-4,
          .addition_s = 1e-9,
          .update_s = 2e-9,
          .other_s = 3e-4,
          .link = {.latency_s = 5e-5, .byte_s = 1e-8, .message_s = 1e-6},
          .cores = 64,
          .machines = std::vector<int>(8, 0)};
}

TEST(FitLink, FindsExactLines) {
  std::vector<TimedMessage> timed;
  for (double bytes = 8; bytes < 1e7; bytes *= 8) timed.push_back({bytes, 3e-5 + bytes * 2e-9});
  const Link link = train::fit_link(timed);
  EXPECT_NEAR(link.latency_s, 3e-5, 1e-13);
  EXPECT_NEAR(link.byte_s, 2e-9, 1e-17);
  EXPECT_LT(train::worst_misfit(link, timed), 1e-9);
}

TEST(FitLink, TellsLatencyFromSmallMessagesAndBandwidthFromLargeOnes) {
  const std::array timed{TimedMessage{8, 1e-5},    TimedMessage{64, 1.1e-5},
                         TimedMessage{4096, 3e-4}, TimedMessage{32768, 4e-3},
                         TimedMessage{1e6, 0.1},   TimedMessage{2e6, 0.2}};
  const Link link = train::fit_link(timed);
  EXPECT_NEAR(link.latency_s, 1e-5, 2e-6);
  EXPECT_NEAR(link.byte_s, 1e-7, 2e-9);
}

TEST(FitLink, ErrorsCountInProportion) {
  // One of three large messages is twice as slow: the line goes between, whatever the size.
  for (const std::size_t slow : {2, 3, 4}) {
    std::array timed{TimedMessage{8, 1e-5}, TimedMessage{64, 1e-5}, TimedMessage{1e5, 1e-3},
                     TimedMessage{1e6, 1e-2}, TimedMessage{1e7, 1e-1}};
    timed[slow].seconds *= 2;
    const Link link = train::fit_link(timed);
    EXPECT_GT(link.byte_s, 0.9e-8) << slow;
    EXPECT_LT(link.byte_s, 1.9e-8) << slow;
    EXPECT_GT(train::worst_misfit(link, timed), 0.05) << slow;
  }
}

TEST(FitLink, IsNeverNegative) {
  const std::array falling{TimedMessage{8, 2e-5}, TimedMessage{4e3, 1e-5}, TimedMessage{1e5, 2e-3},
                           TimedMessage{1e6, 1e-3}};
  EXPECT_GT(train::fit_link(falling).latency_s, 0.0);
  EXPECT_EQ(train::fit_link(falling).byte_s, 0.0);
  const std::array steep{TimedMessage{1e3, 1e-7}, TimedMessage{1e4, 1e-2}, TimedMessage{1e5, 1e-3},
                         TimedMessage{1e6, 1e-1}};
  EXPECT_EQ(train::fit_link(steep).latency_s, 0.0);
  EXPECT_GT(train::fit_link(steep).byte_s, 0.0);
}

/// Message by message: most messages, bytes sent and bytes received of a rank.
std::array<std::int64_t, 3> counted_one_by_one(const StepWork& work) {
  std::array<std::int64_t, 3> most{};
  const train::Slices slices(work.parameters, work.ranks);
  std::vector<std::array<std::int64_t, 4>> ranks(static_cast<std::size_t>(work.ranks));
  for (int from = 0; from < work.ranks; ++from)
    for (int to = 0; to < work.ranks; ++to) {
      if (from == to) continue;
      const auto lanes = train::lanes_of_rank(work.lanes, work.ranks, from);
      const auto nodes = static_cast<std::int64_t>(train::nodes_over(lanes, work.lanes).size());
      const auto slice = slices.size(to);
      std::int64_t messages = 1;
      for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket)
        messages += slices.range(to, bucket).empty() ? 0 : nodes;
      const std::int64_t bytes = 8 * (2 + lanes.size()) + 4 * nodes * slice;
      auto& sender = ranks[static_cast<std::size_t>(from)];
      auto& receiver = ranks[static_cast<std::size_t>(to)];
      sender[0] += messages;
      sender[1] += bytes;
      receiver[2] += messages;
      receiver[3] += bytes;
    }
  for (const auto& rank : ranks) {
    most[0] = std::max({most[0], rank[0], rank[2]});
    most[1] = std::max(most[1], rank[1]);
    most[2] = std::max(most[2], rank[3]);
  }
  return most;
}

TEST(Counts, AreThoseOfEachMessage) {
  int compared = 0;
  for (const int ranks : {1, 2, 3, 5, 8, 121, 130})
    for (const std::int64_t lanes : {1, 3, 4, 7, 16, 520})
      for (const std::size_t parameters : {std::size_t{10}, std::size_t{3 * 4096 + 7}, net}) {
        const StepWork work{.parameters = parameters, .lanes = lanes, .ranks = ranks};
        const auto counts = train::counts_of(work);
        const auto [messages, sent, received] = counted_one_by_one(work);
        EXPECT_EQ(counts.messages, messages) << ranks << " ranks, " << lanes << " lanes";
        EXPECT_EQ(counts.sent_bytes, sent) << ranks << " ranks, " << lanes << " lanes";
        EXPECT_EQ(counts.received_bytes, received) << ranks << " ranks, " << lanes << " lanes";
        ++compared;
      }
  EXPECT_EQ(compared, 7 * 6 * 3);
}

TEST(Counts, AreWhatTheSumSends) {
  const mpi::Communicator comm;
  train::Team team(2, true);
  for (const std::int64_t lanes : {1, 3, 4, 7, 16}) {
    const std::size_t parameters = 51 * 4096 + 7;
    sent = received = {};
    const train::Slices slices(parameters, comm.size());
    EXPECT_EQ(slices.buckets(), comm.size() == 1   ? 1U
                                : comm.size() == 5 ? 2U
                                : comm.size() == 3 ? 4U
                                                   : 6U);
    const train::GradientSum sum(comm, team, lanes, slices);
    const auto counts = train::counts_of(
        {.parameters = parameters, .lanes = lanes, .ranks = comm.size(), .threads = 2});
    EXPECT_EQ(counts.messages, comm.max(std::max(sent.messages, received.messages))) << lanes;
    EXPECT_EQ(counts.sent_bytes, comm.max(sent.bytes)) << lanes;
    EXPECT_EQ(counts.received_bytes, comm.max(received.bytes)) << lanes;
  }
}

TEST(Counts, OfManyRanksShowTheirCost) {
  // 4096 ranks of four micro-batches: each brings one node to each of 120 owners of a tile.
  const auto counts = train::counts_of({.parameters = net, .lanes = 16384, .ranks = 4096});
  EXPECT_EQ(counts.owners, 120);
  EXPECT_EQ(counts.slice, 4096);
  EXPECT_EQ(counts.nodes, 4096);
  EXPECT_EQ(counts.own_additions, 3);
  EXPECT_EQ(counts.messages, 2 * 4095);
  EXPECT_EQ(counts.received_bytes, 4095 * (4096 * 4 + 8 * (2 + 4)));
}

TEST(Model, HalfTheBatchIsHalfTheComputation) {
  const StepWork whole{.parameters = net, .lanes = 64, .ranks = 8}, half{net, 32, 8};
  const auto a = modelled_step(made_costs(), whole), b = modelled_step(made_costs(), half);
  EXPECT_DOUBLE_EQ(a.split.compute_s, 8 * 2e-3);
  EXPECT_DOUBLE_EQ(b.split.compute_s, a.split.compute_s / 2);
  EXPECT_DOUBLE_EQ(b.split.input_s, a.split.input_s / 2);
  EXPECT_EQ(a.split.idle_s, 0.0);
  EXPECT_DOUBLE_EQ(b.split.optimiser_s, a.split.optimiser_s);
  EXPECT_DOUBLE_EQ(b.gather_bytes_s, a.gather_bytes_s);
}

TEST(Model, TwiceTheLatencyIsTwiceWhatItCosts) {
  const StepWork work{.parameters = net, .lanes = 64, .ranks = 16};
  auto slow = made_costs();
  slow.link.latency_s *= 2;
  const auto a = modelled_step(made_costs(), work), b = modelled_step(slow, work);
  EXPECT_DOUBLE_EQ(b.gather_latency_s, 2 * a.gather_latency_s);
  EXPECT_DOUBLE_EQ(a.gather_latency_s, 15 * 5e-5);
  EXPECT_NEAR(b.messages_s - a.messages_s, 5e-5, 1e-15);
  EXPECT_DOUBLE_EQ(b.bytes_s, a.bytes_s);
  EXPECT_NEAR(b.split.step_s() - a.split.step_s(), 16 * 5e-5, 1e-12);
}

TEST(Model, HalfTheBandwidthIsTwiceTheTimeOfBytes) {
  const StepWork work{.parameters = net, .lanes = 4, .ranks = 4};
  auto narrow = made_costs();
  narrow.link.byte_s *= 2;
  const auto a = modelled_step(made_costs(), work), b = modelled_step(narrow, work);
  // Rank 3 sends three quarters of a gradient and a little more: it owns as many tiles as others.
  EXPECT_NEAR(a.bytes_s, 1e-8 * 4 * net * 3 / 4, 1e-8 * 4 * 4096);
  EXPECT_DOUBLE_EQ(a.gather_bytes_s, 1e-8 * 4 * net * 3 / 4);
  EXPECT_DOUBLE_EQ(b.bytes_s, 2 * a.bytes_s);
  EXPECT_DOUBLE_EQ(b.gather_bytes_s, 2 * a.gather_bytes_s);
  auto rounded = work;
  rounded.weight_bytes = 2;
  EXPECT_DOUBLE_EQ(modelled_step(made_costs(), rounded).gather_bytes_s, a.gather_bytes_s / 2);
  EXPECT_DOUBLE_EQ(modelled_step(made_costs(), rounded).bytes_s, a.bytes_s);
}

TEST(Model, OneRankSendsNothingAndIdleRanksWait) {
  const auto one = modelled_step(made_costs(), {.parameters = net, .lanes = 4, .ranks = 1});
  EXPECT_EQ(one.split.communication_s, 0.0);
  EXPECT_DOUBLE_EQ(one.split.compute_s, 4 * 2e-3);
  EXPECT_DOUBLE_EQ(one.split.sum_s, 3 * 1e-9 * net);
  const auto eight = modelled_step(made_costs(), {.parameters = net, .lanes = 4, .ranks = 8});
  EXPECT_DOUBLE_EQ(eight.split.compute_s, 2e-3 / 2);
  EXPECT_DOUBLE_EQ(eight.split.idle_s, (2e-3 + 1e-4) / 2);
}

TEST(Model, CoresAreShared) {
  auto costs = made_costs();
  costs.cores = 2;
  costs.machines = {0, 0, 1, 1, 1};
  EXPECT_EQ(train::ranks_on_machine(costs, 1), 1);
  EXPECT_EQ(train::ranks_on_machine(costs, 3), 2);
  EXPECT_EQ(train::ranks_on_machine(costs, 5), 3);
  EXPECT_EQ(train::ranks_on_machine(costs, 4096), 3);
  const StepWork work{.parameters = net, .lanes = 10, .ranks = 5};
  EXPECT_DOUBLE_EQ(modelled_step(costs, work).split.compute_s, 2 * 2e-3 * 3 / 2);
  EXPECT_DOUBLE_EQ(modelled_step(costs, work).split.other_s, 3e-4 * 3 / 2);
  const StepWork few{.parameters = net, .lanes = 2, .ranks = 5};
  EXPECT_DOUBLE_EQ(modelled_step(costs, few).split.compute_s, 2e-3 * 2 / 5);
}

TEST(Model, GivesBackWhatItWasCalibratedOn) {
  auto costs = made_costs();
  costs.cores = 2;
  const StepSplit measured{
      .input_s = 1e-3, .compute_s = 2e-2, .optimiser_s = 4e-4, .other_s = 5e-4};
  for (const StepWork& work : {StepWork{net, 4, 1}, StepWork{net, 7, 3}, StepWork{net, 8, 4, 2}}) {
    const auto split = modelled_step(train::calibrated(costs, measured, work), work).split;
    EXPECT_NEAR(split.input_s, measured.input_s, 1e-12);
    EXPECT_NEAR(split.compute_s, measured.compute_s, 1e-12);
    EXPECT_NEAR(split.other_s, measured.other_s, 1e-12);
    EXPECT_NEAR(split.optimiser_s, measured.optimiser_s, 0.04 * measured.optimiser_s);
  }
}

TEST(Split, AddsUpToTheStep) {
  const std::array times{
      StepTimes{.input_s = 1, .compute_s = 6, .sum_s = 1, .communication_s = 1, .optimiser_s = 2},
      StepTimes{.input_s = 1, .compute_s = 2, .sum_s = 1, .communication_s = 5, .optimiser_s = 2}};
  const StepSplit split = train::split_of(times, 10, 12.0);
  EXPECT_DOUBLE_EQ(split.compute_s, 0.4);
  EXPECT_DOUBLE_EQ(split.idle_s, 0.2);  // the second rank waits for 4 s of 5
  EXPECT_DOUBLE_EQ(split.communication_s, 0.1);
  EXPECT_DOUBLE_EQ(split.step_s(), 1.2);
  EXPECT_NEAR(split.other_s, 0.1, 1e-12);
}

TEST(Split, NobodyIdlesLongerThanItWasInMessages) {
  const std::array times{StepTimes{.compute_s = 6, .communication_s = 1},
                         StepTimes{.compute_s = 2, .communication_s = 3}};
  const StepSplit split = train::split_of(times, 1, 7.0);
  EXPECT_DOUBLE_EQ(split.idle_s, 1.5);
  EXPECT_DOUBLE_EQ(split.communication_s, 0.5);
}

}  // namespace
