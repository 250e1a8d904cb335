#include <colonnade/base/error.hpp>
#include <colonnade/train/cost_model.hpp>
#include <colonnade/train/lanes.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/sum_tree.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace colonnade::train {

namespace {

constexpr std::int64_t value_bytes = sizeof(float);
/// A header of GradientSum: two words and the losses of the lanes.
constexpr std::int64_t header_words = 2, header_word_bytes = sizeof(double);
/// Lanes that a thread of GradientSum computes before it adds.
constexpr std::size_t thread_buffers = 4;
/// Messages up to this tell the latency, larger ones the bandwidth.
constexpr double small_bytes = 16384;

std::int64_t most_lanes_of_thread(mpi::Range lanes_of_rank, int threads) {
  return lanes_of_thread(lanes_of_rank, threads, 0).size();
}

/// Additions that all threads of a rank make together.
std::int64_t own_additions(mpi::Range held, const StepWork& work, std::int64_t nodes) {
  std::int64_t parts = 0;
  for (int thread = 0; thread < work.threads; ++thread)
    parts += static_cast<std::int64_t>(plan_thread(lanes_of_thread(held, work.threads, thread),
                                                   work.lanes, thread_buffers, work.at_once)
                                           .held.size());
  return parts - nodes;
}

/// How much longer work takes that so many threads of a machine do at once.
double crowding(double threads, int cores) {
  return std::max(1.0, threads / cores);
}

/// For work of all threads, and for that of threads with lanes.
double crowding_of_all(const MachineCosts& costs, const StepWork& work) {
  return crowding(ranks_on_machine(costs, work.ranks) * static_cast<double>(work.threads),
                  costs.cores);
}
double crowding_of_lanes(const MachineCosts& costs, const StepWork& work) {
  const double threads = ranks_on_machine(costs, work.ranks) * static_cast<double>(work.threads);
  return crowding(std::min(threads, static_cast<double>(work.lanes)), costs.cores);
}

/// t = latency + bytes * byte_s with errors in proportion to the time: the least sum of squares,
/// each divided by the square of what the line itself says, so that a line below the points gains
/// nothing. Weights and line are found in turn; ten rounds are plenty.
Link fit_line(std::span<const TimedMessage> timed) {
  base::expects(timed.size() > 1, "a line is fitted to two sizes or more");
  std::vector<double> scales;
  for (const auto& message : timed) scales.push_back(message.seconds);
  Link line;
  for (int round = 0; round < 10; ++round) {
    double weight = 0.0, bytes = 0.0, squares = 0.0, times = 0.0, products = 0.0;
    for (std::size_t i = 0; i < timed.size(); ++i) {
      const double w = 1.0 / (scales[i] * scales[i]), n = timed[i].bytes, t = timed[i].seconds;
      weight += w;
      bytes += w * n;
      squares += w * n * n;
      times += w * t;
      products += w * n * t;
    }
    const double determinant = weight * squares - bytes * bytes;
    line = {.latency_s = (times * squares - products * bytes) / determinant,
            .byte_s = (products * weight - times * bytes) / determinant};
    if (line.latency_s < 0.0) line = {.latency_s = 0.0, .byte_s = products / squares};
    if (line.byte_s < 0.0) line = {.latency_s = times / weight, .byte_s = 0.0};
    for (std::size_t i = 0; i < timed.size(); ++i)
      scales[i] = line.latency_s + timed[i].bytes * line.byte_s;
  }
  return line;
}

}  // namespace

Link fit_link(std::span<const TimedMessage> timed) {
  std::vector<TimedMessage> small, large;
  for (const auto& message : timed)
    (message.bytes <= small_bytes ? small : large).push_back(message);
  return {.latency_s = fit_line(small).latency_s, .byte_s = fit_line(large).byte_s};
}

double worst_misfit(const Link& link, std::span<const TimedMessage> timed) {
  double worst = 0.0;
  for (const auto& [bytes, seconds] : timed)
    worst = std::max(worst, std::abs((link.latency_s + bytes * link.byte_s) / seconds - 1.0));
  return worst;
}

StepCounts counts_of(const StepWork& work) {
  const auto all = static_cast<std::int64_t>(work.parameters);
  const int ranks = work.ranks;
  StepCounts counts;
  const Slices slices(work.parameters, ranks);
  counts.owners =
      static_cast<int>(std::min(std::int64_t{ranks}, mpi::pieces(all, tile_parameters)));
  std::vector<std::int64_t> ranges(static_cast<std::size_t>(ranks));  // that a rank owns
  for (int rank = 0; rank < ranks; ++rank) {
    counts.slice = std::max(counts.slice, slices.size(rank));
    for (std::size_t bucket = 0; bucket < slices.buckets(); ++bucket)
      ranges[static_cast<std::size_t>(rank)] += slices.range(rank, bucket).empty() ? 0 : 1;
  }
  const std::int64_t all_ranges = std::accumulate(ranges.begin(), ranges.end(), std::int64_t{0});
  std::vector<std::int64_t> nodes;
  for (int rank = 0; rank < ranks; ++rank) {
    const mpi::Range held = lanes_of_rank(work.lanes, ranks, rank);
    nodes.push_back(static_cast<std::int64_t>(nodes_over(held, work.lanes).size()));
    counts.nodes += nodes.back();
    const std::int64_t lanes = most_lanes_of_thread(held, work.threads);
    counts.most_lanes = std::max(counts.most_lanes, lanes);
    counts.mean_lanes += static_cast<double>(lanes) / ranks;
    counts.own_additions = std::max(counts.own_additions, own_additions(held, work, nodes.back()));
  }
  for (int rank = 0; rank < ranks; ++rank) {
    const std::int64_t mine = nodes[static_cast<std::size_t>(rank)], theirs = counts.nodes - mine;
    const std::int64_t slice = slices.size(rank), owns = ranges[static_cast<std::size_t>(rank)];
    const std::int64_t others = ranks - 1;
    const std::int64_t lanes = lanes_of_rank(work.lanes, ranks, rank).size();
    counts.messages =
        std::max({counts.messages, mine * (all_ranges - owns) + others, theirs * owns + others});
    counts.sent_bytes =
        std::max(counts.sent_bytes, mine * (all - slice) * value_bytes +
                                        others * (header_words + lanes) * header_word_bytes);
    counts.received_bytes =
        std::max(counts.received_bytes,
                 theirs * slice * value_bytes +
                     (others * header_words + work.lanes - lanes) * header_word_bytes);
  }
  return counts;
}

int ranks_on_machine(const MachineCosts& costs, int ranks) {
  std::vector<int> filled;
  const std::size_t known = std::min(costs.machines.size(), static_cast<std::size_t>(ranks));
  for (std::size_t rank = 0; rank < known; ++rank) {
    const auto machine = static_cast<std::size_t>(costs.machines[rank]);
    filled.resize(std::max(filled.size(), machine + 1));
    ++filled[machine];
  }
  return filled.empty() ? 1 : *std::max_element(filled.begin(), filled.end());
}

MachineCosts calibrated(MachineCosts known, const StepSplit& measured, const StepWork& work) {
  const StepCounts counts = counts_of(work);
  const double lanes = counts.mean_lanes * crowding_of_lanes(known, work);
  const double crowded = crowding_of_all(known, work);
  known.compute_s = measured.compute_s / lanes;
  known.input_s = measured.input_s / lanes;
  known.update_s = measured.optimiser_s / crowded * work.ranks * work.threads /
                   static_cast<double>(work.parameters);
  known.other_s = measured.other_s / crowded;
  return known;
}

ModelledStep modelled_step(const MachineCosts& costs, const StepWork& work) {
  ModelledStep step{.counts = counts_of(work)};
  const StepCounts& counts = step.counts;
  const double lanes = crowding_of_lanes(costs, work), crowded = crowding_of_all(costs, work);
  const auto all = static_cast<double>(work.parameters);
  const auto slice = static_cast<double>(counts.slice);
  StepSplit& split = step.split;
  split.compute_s = costs.compute_s * counts.mean_lanes * lanes;
  split.input_s = costs.input_s * counts.mean_lanes * lanes;
  split.idle_s = (costs.compute_s + costs.input_s) * lanes *
                 (static_cast<double>(counts.most_lanes) - counts.mean_lanes);
  split.sum_s = costs.addition_s * crowded / work.threads *
                (static_cast<double>(counts.own_additions) * all +
                 static_cast<double>(counts.nodes - 1) * slice);
  split.optimiser_s = costs.update_s * crowded *
                      static_cast<double>(slice_of_thread(counts.slice, work.threads, 0).size());
  split.other_s = costs.other_s * crowded;
  if (work.ranks == 1) return step;
  const Link& link = costs.link;
  step.messages_s = link.latency_s + static_cast<double>(counts.messages - 1) * link.message_s;
  step.bytes_s =
      static_cast<double>(std::max(counts.sent_bytes, counts.received_bytes)) * link.byte_s;
  step.gather_latency_s = (work.ranks - 1) * link.latency_s;
  step.gather_bytes_s =
      all * static_cast<double>(work.weight_bytes) * (1.0 - 1.0 / work.ranks) * link.byte_s;
  split.communication_s =
      step.messages_s + step.bytes_s + step.gather_latency_s + step.gather_bytes_s;
  return step;
}

}  // namespace colonnade::train
