#pragma once

#include <colonnade/train/scaling.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

// A model of a step's time on any number of ranks, from what a few ranks have measured.
//
// Computation. A thread takes compute_s and input_s for each of its micro-batches (lanes), a rank
// as long as its thread with most lanes, the step as long as the rank with most; the others idle.
// Additions of gradients and updates of weights take a time for each value, shared by the threads.
// Where a machine has fewer cores than busy threads, all of this takes longer in proportion.
//
// Messages. One of n bytes takes t = latency + n / bandwidth (Hockney 1994, "The communication
// challenge for MPP"); each further one that is under way at the same time adds message_s, the gap
// of LogGP (Alexandrov et al. 1995, "LogGP: incorporating long messages into the LogP model").
// Both are measured with messages both ways at once, as a step sends them: over TCP that is slower.
// A step has two exchanges, as GradientSum and Weights make them:
//  1. Each rank sends each of its nodes of the sum to every owner of a slice, bucket by bucket, and
//     a header to every rank: all at once, so latency + (messages - 1) message_s + bytes /
//     bandwidth, for the rank with most, whose link carries what it sends and what it receives at
//     the same time. What ranks on several nodes send while they still compute counts in full.
//  2. All ranks gather the weights, in one bucket in a ring (Thakur, Rabenseifner and Gropp 2005,
//     "Optimization of collective communication operations in MPICH"): (ranks - 1) rounds of a
//     latency, and (ranks - 1) / ranks of all bytes / bandwidth.
// Not in it: contention in the network between the nodes, several ranks that share a link, the
// processor time that messages take from computing, and jitter.

/// A link between two ranks.
struct Link {
  double latency_s = 0.0;
  double byte_s = 0.0;     ///< 1 / bandwidth
  double message_s = 0.0;  ///< of each further message under way
};

/// One exchange of a ping-pong.
struct TimedMessage {
  double bytes = 0.0;
  double seconds = 0.0;
};

/// The latency of messages up to 16 KiB and the bandwidth of larger ones, by least squares of
/// t = a + b n on each side: libraries and networks treat the two differently, and a single line
/// would miss both (piecewise lines as in Clauss et al. 2011, "Single node on-line simulation of
/// MPI applications with SMPI"). Errors count in proportion to the time. Neither is negative. Takes
/// two sizes or more on each side.
Link fit_link(std::span<const TimedMessage> timed);

/// The largest relative error of a link's prediction.
double worst_misfit(const Link& link, std::span<const TimedMessage> timed);

/// What a step is made of, whoever does it.
struct StepWork {
  std::size_t parameters = 0;
  std::int64_t lanes = 0;  ///< micro-batches
  int ranks = 1;
  int threads = 1;                ///< of each rank
  std::int64_t weight_bytes = 4;  ///< of a weight when the ranks share it
  std::int64_t at_once = 1;       ///< lanes that a thread adds while it computes them
};

/// What a step asks of the ranks: counts alone, as the code makes them.
struct StepCounts {
  double mean_lanes = 0.0;         ///< of a rank's thread with most, over the ranks
  std::int64_t most_lanes = 0;     ///< of any thread
  std::int64_t own_additions = 0;  ///< of whole gradients, at most on a rank, before the exchange
  std::int64_t nodes = 0;          ///< of the sum that all ranks bring to the exchange
  std::int64_t slice = 0;          ///< parameters of the largest slice
  int owners = 0;                  ///< ranks with a slice
  std::int64_t messages = 0;       ///< sent or received in the exchange, at most by a rank
  std::int64_t sent_bytes = 0, received_bytes = 0;  ///< likewise
};
StepCounts counts_of(const StepWork& work);

/// What the machine takes for each piece of work, on a core of its own.
struct MachineCosts {
  double compute_s = 0.0;   ///< a micro-batch
  double input_s = 0.0;     ///< a micro-batch
  double addition_s = 0.0;  ///< a value, by one thread
  double update_s = 0.0;    ///< a parameter, by one thread
  double other_s = 0.0;     ///< a step
  Link link{};
  int cores = 1;                ///< of a machine
  std::vector<int> machines{};  ///< the machine of each rank that was measured
};

/// Ranks on the fullest machine when so many ranks run; further machines are filled as it is.
int ranks_on_machine(const MachineCosts& costs, int ranks);

/// Costs from the split of a measured step; addition_s, link, cores and machines are `known`.
MachineCosts calibrated(MachineCosts known, const StepSplit& measured, const StepWork& work);

/// A step's time as the model has it.
struct ModelledStep {
  StepSplit split{};                       ///< communication_s is the sum of the four below
  double messages_s = 0.0, bytes_s = 0.0;  ///< of the exchange
  double gather_latency_s = 0.0, gather_bytes_s = 0.0;  ///< of the weights
  StepCounts counts{};
};
ModelledStep modelled_step(const MachineCosts& costs, const StepWork& work);

}  // namespace colonnade::train
