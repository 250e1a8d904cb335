#pragma once

#include <colonnade/data/encoding.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// How often the truth and the model's prediction of a variable fall into pairs of bins.
struct PairHistogram {
  static constexpr std::size_t bins = 64;
  double low = 0.0, high = 0.0;       ///< of the truth and of the prediction
  std::vector<std::uint64_t> counts;  ///< (bins of the truth, bins of the prediction)
  std::uint64_t outside = 0;          ///< pairs of which one lies beyond low or high
};

/// Counts of pairs of truth and prediction, target by target, over all levels.
///
/// Both axes reach from the least to the largest, over levels, of what the training split holds
/// within four standard deviations of its mean: at most its minimum and maximum, in physical units;
/// and a thousandth more on both sides, so that rounding takes nothing beyond them.
class HistogramSums {
 public:
  /// `targets` are runs of the first quantities, of `quantities` in a row.
  HistogramSums(const data::Encoding& encoding, std::vector<data::FeatureRun> targets,
                std::size_t quantities);

  /// Counts rows (columns, quantities) of this rank.
  void add(std::span<const float> truth, std::span<const float> model);

  /// **Collective.** One entry a target, of the rows of all ranks.
  [[nodiscard]] std::vector<PairHistogram> result(const mpi::Communicator& comm) const;

 private:
  std::vector<data::FeatureRun> targets_;
  std::size_t quantities_;
  std::vector<PairHistogram> histograms_;
};

}  // namespace colonnade::train
