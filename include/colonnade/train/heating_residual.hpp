#pragma once

#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/train/error_sums.hpp>
#include <colonnade/train/heating_rate.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// How far the heating rates among the targets are from the divergence of the fluxes among them.
struct HeatingResidual {
  std::string target;  ///< "hr_sw"
  std::string units;
  /// Layer by layer; "predictor" 0 is the truth (of what the data are rounded by), then come those
  /// of the evaluation. Their errors are heating rate minus divergence.
  std::vector<data::Feature> layers;
  std::vector<QuantityErrors> errors;
  double mean_absolute = 0.0;  ///< of the true heating rate in these layers

  /// Over all layers.
  [[nodiscard]] QuantityErrors all() const { return pooled(errors); }
};

/// Sums of these residuals.
class ResidualSums {
 public:
  /// `targets` features begin the rows, the rates follow.
  ResidualSums(const mpi::Communicator& comm, const HeatingRates& rates, std::size_t targets,
               std::size_t predictors);

  /// **Collective.** Takes the next round of pieces: rows (columns, quantities) of the truth and of
  /// each predictor.
  void add_round(std::span<const float> truth, std::span<const std::vector<float>> predictions);

  /// **Collective.** One entry a target that is a heating rate; `quantities` and their `errors` are
  /// those of the evaluation.
  [[nodiscard]] std::vector<HeatingResidual> result(std::span<const data::Feature> quantities,
                                                    std::span<const QuantityErrors> errors) const;

 private:
  [[nodiscard]] std::vector<float> residuals(std::span<const float> rows) const;

  std::vector<HeatingRates::Twin> twins_;
  std::size_t targets_, quantities_;
  ErrorSums sums_;
};

}  // namespace colonnade::train
