#include <colonnade/train/heating_residual.hpp>

namespace colonnade::train {

ResidualSums::ResidualSums(const mpi::Communicator& comm, const HeatingRates& rates,
                           std::size_t targets, std::size_t predictors)
    : twins_(rates.twins()),
      targets_(targets),
      quantities_(targets + rates.features().size()),
      sums_(comm, twins_.size(), predictors + 1) {}

std::vector<float> ResidualSums::residuals(std::span<const float> rows) const {
  std::vector<float> residuals;
  for (std::size_t row = 0; row < rows.size(); row += quantities_)
    for (const auto& [target, rate] : twins_)
      residuals.push_back(rows[row + target] - rows[row + targets_ + rate]);
  return residuals;
}

void ResidualSums::add_round(std::span<const float> truth,
                             std::span<const std::vector<float>> predictions) {
  if (twins_.empty()) return;
  std::vector<std::vector<float>> rows{residuals(truth)};
  for (const auto& prediction : predictions) rows.push_back(residuals(prediction));
  sums_.add_round(std::vector<float>(rows.front().size()), rows);
}

std::vector<HeatingResidual> ResidualSums::result(std::span<const data::Feature> quantities,
                                                  std::span<const QuantityErrors> errors) const {
  std::vector<HeatingResidual> residuals;
  if (twins_.empty()) return residuals;
  const auto sums = sums_.result();
  double size = 0.0, count = 0.0;
  for (std::size_t i = 0; i < twins_.size(); ++i) {
    const auto& quantity = quantities[twins_[i].target];
    if (residuals.empty() || residuals.back().target != quantity.variable) {
      residuals.push_back({quantity.variable, quantity.units, {}, {}});
      size = count = 0.0;
    }
    auto& one = residuals.back();
    one.layers.push_back(quantity);
    one.errors.push_back(sums[i]);
    size += errors[twins_[i].target].truth_absolute;
    count += errors[twins_[i].target].count;
    one.mean_absolute = size / count;
  }
  return residuals;
}

}  // namespace colonnade::train
