#include <colonnade/train/class_calibration.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace colonnade::train {

double Calibration::mean_predicted(std::size_t bin) const {
  return count[bin] == 0 ? std::numeric_limits<double>::quiet_NaN()
                         : probability_sum[bin] / static_cast<double>(count[bin]);
}

double Calibration::observed(std::size_t bin) const {
  return count[bin] == 0 ? std::numeric_limits<double>::quiet_NaN()
                         : static_cast<double>(true_count[bin]) / static_cast<double>(count[bin]);
}

double Calibration::error() const {
  double sum = 0.0, cases = 0.0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    sum += std::abs(static_cast<double>(true_count[bin]) - probability_sum[bin]);
    cases += static_cast<double>(count[bin]);
  }
  return sum / cases;
}

Calibration pooled(std::span<const Calibration> parts) {
  Calibration all{.count = std::vector<std::uint64_t>(Calibration::bins),
                  .true_count = std::vector<std::uint64_t>(Calibration::bins),
                  .probability_sum = std::vector<double>(Calibration::bins)};
  for (const auto& part : parts)
    for (std::size_t bin = 0; bin < Calibration::bins; ++bin) {
      all.count[bin] += part.count[bin];
      all.true_count[bin] += part.true_count[bin];
      all.probability_sum[bin] += part.probability_sum[bin];
    }
  return all;
}

CalibrationCounts::CalibrationCounts(std::size_t kinds)
    : kinds_(kinds), counts_(kinds * Calibration::bins * 2) {}

void CalibrationCounts::add(std::size_t kind, float probability, bool is_so,
                            std::span<double> sums) {
  const auto p = static_cast<double>(probability);
  const auto bin = std::min(Calibration::bins - 1,
                            static_cast<std::size_t>(p * static_cast<double>(Calibration::bins)));
  const std::size_t at = kind * Calibration::bins + bin;
  ++counts_[2 * at];
  if (is_so) ++counts_[2 * at + 1];
  sums[at] += p;
}

std::vector<Calibration> CalibrationCounts::result(const mpi::Communicator& comm,
                                                   std::span<const double> sums) const {
  auto counts = counts_;
  comm.sum(std::span(counts));
  std::vector<Calibration> calibrations(kinds_);
  for (std::size_t at = 0; at < sums.size(); ++at) {
    auto& of = calibrations[at / Calibration::bins];
    of.count.push_back(counts[2 * at]);
    of.true_count.push_back(counts[2 * at + 1]);
    of.probability_sum.push_back(sums[at]);
  }
  return calibrations;
}

}  // namespace colonnade::train
