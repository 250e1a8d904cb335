#pragma once

#include <colonnade/data/classes.hpp>
#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// How well members of a class are found. What would be divided by zero is 0, as scikit-learn has
/// it with zero_division=0.
struct ClassSkill {
  double precision = 0.0;  ///< of those predicted, those that are
  double recall = 0.0;     ///< of those that are, those predicted
  double f1 = 0.0;         ///< 2 hits / (predicted + true)
};

/// Of `hits` that are both, `predicted` and `true_` members.
ClassSkill skill_of(double hits, double predicted, double true_);

/// A predictor's decisions beside the truth, counted.
struct ClassDecisions {
  data::Classes::Kind kind = data::Classes::Kind::one;
  std::size_t classes = 0;
  std::uint64_t columns = 0;
  std::uint64_t exact = 0;  ///< columns of which every class is right
  /// One class of many: (truth, prediction), classes x classes. Many: of each class the columns
  /// (truth, prediction), 2 x 2, "no" before "yes".
  std::vector<std::uint64_t> confusion{};
  ClassSkill samples{};  ///< many: the mean over columns of the skill in each

  [[nodiscard]] std::uint64_t hits(std::size_t c) const;
  [[nodiscard]] std::uint64_t support(std::size_t c) const;  ///< columns of the class
  [[nodiscard]] std::uint64_t predicted(std::size_t c) const;

  /// Columns of which every class is right, over all columns.
  [[nodiscard]] double accuracy() const;
  /// Wrong among all pairs of column and class.
  [[nodiscard]] double hamming_loss() const;
  [[nodiscard]] ClassSkill skill(std::size_t c) const;
  [[nodiscard]] ClassSkill micro() const;     ///< of all pairs of column and class
  [[nodiscard]] ClassSkill macro() const;     ///< mean over the classes
  [[nodiscard]] ClassSkill weighted() const;  ///< mean over the classes, weighted by support
};

/// Counts decisions of columns that are dealt to the ranks.
class DecisionCounts {
 public:
  DecisionCounts(data::Classes::Kind kind, std::size_t classes);

  /// Doubles that add() writes to.
  static constexpr std::size_t sums = 3;

  /// Takes a column: whether it belongs to each class, in truth and as predicted (one class of
  /// many: exactly one each). Adds the column's precision, recall and F1 to `samples`, whose order
  /// is the caller's to fix.
  void add(std::span<const float> truth, std::span<const std::int8_t> predicted,
           std::span<double> samples);

  /// **Collective.** Of all ranks' columns; `samples` as add() summed them over all columns.
  [[nodiscard]] ClassDecisions result(const mpi::Communicator& comm, std::uint64_t columns,
                                      std::span<const double> samples) const;

 private:
  data::Classes::Kind kind_;
  std::size_t classes_;
  std::vector<std::uint64_t> counts_;  ///< exact, then the confusion
};

}  // namespace colonnade::train
