#pragma once

#include <colonnade/data/feature.hpp>
#include <colonnade/mpi/communicator.hpp>
#include <colonnade/mpi/keyed_fold.hpp>
#include <colonnade/train/error_sums.hpp>
#include <colonnade/train/input_subset.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// Errors of the columns of one class, variable by variable. Their truth_mean and truth_squares are
/// not known: they have no R2.
struct ColumnClass {
  double low = 0.0, high = 0.0;  ///< low <= value < high; the last one holds `high` too
  std::int64_t columns = 0;
  std::vector<QuantityErrors> variables;
};

/// Errors by classes of a property of the column.
struct ClassErrors {
  std::string property;              ///< "cos_solar_zenith_angle" or "cloud_cover"
  std::string feature;               ///< the inputs that it comes from
  std::vector<ColumnClass> classes;  ///< night or clear sky, then ten of equal width
};

/// Sums of errors by the height of the sun and by cloud cover, where the inputs tell them.
///
/// The cosine of the solar zenith angle is the scalar input cos_solar_zenith_angle, mu0, cosz,
/// coszen or pbuf_COSZRS; the cloud cover is the scalar cloud_cover, total_cloud_cover or tcc, or
/// that of the profile cloud_fraction whose clouds overlap at random unless they touch (Geleyn and
/// Hollingsworth, 1979). Below 0.001 it is night, or the sky is clear.
class ClassSums {
 public:
  /// `variables` are runs of all quantities.
  ClassSums(const mpi::Communicator& comm, const data::Recipe& recipe,
            std::vector<data::FeatureRun> variables, std::size_t predictors);

  /// **Collective.** Takes the next round of pieces (see mpi::KeyedFold): encoded inputs, and rows
  /// (columns, quantities) of the truth and of each predictor.
  void add_round(std::span<const float> x, std::span<const float> truth,
                 std::span<const std::vector<float>> predictions);

  /// **Collective.** One entry a property that the inputs tell.
  [[nodiscard]] std::vector<ClassErrors> result() const;

 private:
  struct Property {
    std::string name;
    InputSubset inputs;
    mpi::KeyedFold fold;
  };
  [[nodiscard]] std::size_t width() const;

  std::vector<data::FeatureRun> variables_;
  std::size_t predictors_;
  std::vector<Property> properties_;
};

/// The cover of layers that overlap maximally where they touch and at random elsewhere, of
/// fractions from one end of the column to the other.
double cloud_cover(std::span<const float> fractions);

}  // namespace colonnade::train
