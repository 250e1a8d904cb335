#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/train/fixed_exchange.hpp>
#include <colonnade/train/ready_buckets.hpp>
#include <colonnade/train/slices.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/sum_tree.hpp>
#include <colonnade/train/team.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::train {

/// The sum of a batch's gradients over its lanes, with the same bits on any number of ranks and
/// threads: the order of the additions is the fixed tree of SumNode.
///
/// Each thread computes its lanes into buffers of its own. A rank adds what its threads hold as far
/// up the tree as its lanes reach; then every rank receives all other ranks' nodes for its own
/// slice of the parameters, and adds them to the root. This goes bucket by bucket (Slices), from
/// the last to the first: in the last lanes of a rank, the thread that is the last to finish a
/// bucket makes the rank's additions for it, and the calling thread, which does not compute then,
/// sends it under the computation of the next. The first bucket, which ends with the lanes, is
/// added by all threads; losses, failures and requests travel with it. So a rank that fails has
/// sent all that others wait for. A single bucket is sent when all is computed.
class GradientSum {
 public:
  /// Writes the gradient of some lanes that make a node, added as the tree has it, and the loss of
  /// each; runs as `member` of the team. It may tell `ready` which part of the gradient is final;
  /// what it does not tell is so at its end.
  using LaneWork = std::function<void(int member, mpi::Range lanes, std::span<double> losses,
                                      std::span<float> gradient, const nn::Ready& ready)>;

  /// Takes the sum of a tile, whose parameters start with `begin`, in any of the threads.
  using TileWork = std::function<void(std::int64_t begin, std::span<const float> sum)>;

  /// **Collective.** Allocates for `lanes` lanes, of which work takes up to `at_once` (a power of
  /// two); `team` must outlive the sum, and has a stand-in
  /// if there are several buckets. Throws a storage error on all ranks when memory runs out.
  GradientSum(const mpi::Communicator& comm, Team& team, std::int64_t lanes, const Slices& slices,
              std::int64_t at_once = 1);

  /// **Collective.** Computes all lanes and adds their gradients. When `work` fails on any rank,
  /// all ranks throw the error of the lowest one (mpi::AgreedError). Adds to the times; messages
  /// count as communication only when nothing is left to compute. `request` is a word of this rank
  /// to all, which costs no message of its own. `summed` hears of each tile of this rank's slice
  /// while it lies in cache.
  void run(const LaneWork& work, StepTimes& times, std::uint32_t request = 0,
           const TileWork& summed = {});

  /// The loss of every lane of the last run, in lane order.
  [[nodiscard]] std::span<const double> losses() const noexcept { return losses_; }
  /// What each rank asked for in the last run, in rank order.
  [[nodiscard]] std::span<const std::uint32_t> requests() const noexcept { return requests_; }
  /// The sum of the last run for this rank's slice.
  [[nodiscard]] SliceValues sum() const;

  /// Bytes that a rank allocates, for plans that touch nothing.
  static std::int64_t bytes(std::int64_t lanes, const Slices& slices, int rank, int threads,
                            std::int64_t at_once);

 private:
  void allocate();
  void plan_rank_sum();
  void plan_exchange();
  void plan_messages(std::size_t bucket);
  std::optional<base::Error> compute(const LaneWork& work);
  void compute_as(int member, const LaneWork& work);
  void finish(std::size_t bucket);
  void send_while_computing();
  void add_first_bucket();
  void add_slice(const TileWork& summed);
  void take_headers(const std::optional<base::Error>& mine);

  mpi::Communicator comm_;
  Team& team_;
  std::int64_t lanes_;
  Slices slices_;

  std::vector<ThreadPlan> thread_plans_;
  std::vector<std::vector<base::AlignedBuffer<float>>> buffers_;  ///< of each thread
  std::vector<float*> held_;                                      ///< the threads' nodes, in order
  SumPlan rank_sum_;                                              ///< places: indices of held_

  std::vector<base::AlignedBuffer<float>> received_;
  std::vector<std::vector<float*>> parts_;  ///< of each bucket: all ranks' nodes, in order
  SumPlan slice_sum_;                       ///< places: indices of the parts

  std::vector<std::vector<double>> headers_;  ///< of each rank: 1 if it failed, request, losses
  std::vector<double> losses_;
  std::vector<std::uint32_t> requests_;
  std::vector<FixedExchange> exchanges_;  ///< of each bucket; the first has the headers
  ReadyBuckets ready_;
  std::chrono::steady_clock::time_point computed_;  ///< when the last lane ended, if sent meanwhile
};

}  // namespace colonnade::train
