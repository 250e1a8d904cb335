#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/fixed_exchange.hpp>
#include <colonnade/train/stopwatch.hpp>
#include <colonnade/train/sum_tree.hpp>
#include <colonnade/train/team.hpp>

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
/// slice of the parameters, and adds them to the root. Losses, failures and requests
/// travel with the nodes.
class GradientSum {
 public:
  /// Writes the gradient of one lane and returns its loss; runs in the thread of `member`.
  using LaneWork = std::function<double(int member, std::int64_t lane, std::span<float> gradient)>;

  /// **Collective.** Allocates for `lanes` lanes and `parameters` parameters; `team` must outlive
  /// the sum. Throws a storage error on all ranks when memory runs out.
  GradientSum(const mpi::Communicator& comm, Team& team, std::int64_t lanes,
              std::size_t parameters);

  /// **Collective.** Computes all lanes and adds their gradients. When `work` fails on any rank,
  /// all ranks throw the error of the lowest one (mpi::AgreedError). Adds to the times. `request`
  /// is a word of this rank to all, which costs no message of its own.
  void run(const LaneWork& work, StepTimes& times, std::uint32_t request = 0);

  /// The loss of every lane of the last run, in lane order.
  [[nodiscard]] std::span<const double> losses() const noexcept { return losses_; }
  /// What each rank asked for in the last run, in rank order.
  [[nodiscard]] std::span<const std::uint32_t> requests() const noexcept { return requests_; }
  /// The sum of the last run for this rank's slice (slice_of_rank); the caller may write to it.
  [[nodiscard]] std::span<float> sum() noexcept;

  /// Bytes that a rank allocates, for plans that touch nothing.
  static std::int64_t bytes(std::int64_t lanes, std::size_t parameters, int ranks, int rank,
                            int threads);

 private:
  void allocate();
  void plan_rank_sum();
  void plan_exchange();
  std::optional<base::Error> compute(const LaneWork& work);
  void add(const std::vector<Addition>& additions, std::span<float* const> places,
           std::size_t count);
  void take_headers(const std::optional<base::Error>& mine);

  mpi::Communicator comm_;
  Team& team_;
  std::int64_t lanes_;
  std::size_t parameters_;
  std::size_t slice_size_;

  std::vector<ThreadPlan> thread_plans_;
  std::vector<std::vector<base::AlignedBuffer<float>>> buffers_;  ///< of each thread
  std::vector<float*> held_;                                      ///< the threads' nodes, in order
  SumPlan rank_sum_;                                              ///< places: indices of held_

  std::vector<base::AlignedBuffer<float>> received_;
  std::vector<float*> parts_;  ///< all ranks' nodes for this rank's slice, in order
  SumPlan slice_sum_;          ///< places: indices of parts_

  std::vector<std::vector<double>> headers_;  ///< of each rank: 1 if it failed, request, losses
  std::vector<double> losses_;
  std::vector<std::uint32_t> requests_;
  FixedExchange exchange_;
};

}  // namespace colonnade::train
