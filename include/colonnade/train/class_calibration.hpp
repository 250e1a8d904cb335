#pragma once

#include <colonnade/mpi/communicator.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// Whether what is given a probability of p is so in p of the cases: by bins of the probability of
/// equal width, [0, 1/15), ... [14/15, 1].
struct Calibration {
  static constexpr std::size_t bins = 15;

  std::vector<std::uint64_t> count, true_count;  ///< cases in each bin, and those that are so
  std::vector<double> probability_sum;

  [[nodiscard]] double mean_predicted(std::size_t bin) const;  ///< NaN in an empty bin
  [[nodiscard]] double observed(std::size_t bin) const;        ///< NaN in an empty bin
  /// Expected calibration error: |observed - mean predicted| over all cases.
  [[nodiscard]] double error() const;
};

/// The cases of all parts together.
Calibration pooled(std::span<const Calibration> parts);

/// Counts several kinds of cases, each for a calibration of its own.
class CalibrationCounts {
 public:
  explicit CalibrationCounts(std::size_t kinds);

  /// Doubles that add() writes to.
  [[nodiscard]] std::size_t sums() const { return kinds_ * Calibration::bins; }
  /// Takes a case, and adds its probability to `sums`, whose order is the caller's to fix.
  void add(std::size_t kind, float probability, bool is_so, std::span<double> sums);

  /// **Collective.** One a kind, of all ranks' cases; `sums` over all of these.
  [[nodiscard]] std::vector<Calibration> result(const mpi::Communicator& comm,
                                                std::span<const double> sums) const;

 private:
  std::size_t kinds_;
  std::vector<std::uint64_t> counts_;  ///< (kind, bin, all or so)
};

}  // namespace colonnade::train
