#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// How well a class's scores part its columns from the others, whatever the threshold.
struct ClassRanking {
  double roc_auc = 0.0;     ///< area under the ROC curve; NaN where all columns are of one side
  double resolution = 0.0;  ///< roc_auc would differ by at most so much without bins
  double average_precision = 0.0;  ///< sum of precision times the step of recall; NaN as above
  /// Points of the curve, from (0, 0) to (1, 1), a hundredth apart or more.
  std::vector<double> false_positive_rate{}, true_positive_rate{};
};

/// Counts scores of each class in bins, so that the columns may come in any order.
///
/// A score z, the logarithm of a probability's odds, falls into a bin of equal width of
/// z / (8 + |z|): with 65536 bins 0.0002 wide at 0, 0.001 at 8 and 0.006 at 32. Scores in one bin
/// are taken to be equal. There are 65536 bins, but no more than make 8,388,608 of all classes,
/// down to 1024.
class RankingCounts {
 public:
  explicit RankingCounts(std::size_t classes);

  /// Takes a column's score and whether it belongs to the class.
  void add(std::size_t c, double score, bool is_member);

  [[nodiscard]] std::size_t bins() const { return bins_; }
  /// **Collective.** One a class.
  [[nodiscard]] std::vector<ClassRanking> result(const mpi::Communicator& comm) const;

 private:
  std::size_t classes_, bins_;
  std::vector<std::uint64_t> counts_;  ///< (class, no or yes, bin)
};

}  // namespace colonnade::train
