#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/train/input_subset.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace colonnade::train {

/// Heating rates that follow from the targets of a recipe.
///
/// Targets that share their name but for the words "dn" and "up" (flux_dn_sw, flux_up_sw; W m-2, on
/// the same half levels) are a pair, if the inputs have pressure_hl (Pa) on these half levels. The
/// rate of the layer between half levels k and k + 1 is
/// -g / cp * 86400 s/d * d(dn - up) / d(pressure), in K d-1, positive where the layer warms, with
/// g = 9.80665 m s-2 and cp = 1004 J kg-1 K-1. Layers are left out of which one of the two
/// pressures is not among the inputs: one that was dropped, for never changing too. (Those are the
/// thin layers high up, where the smallest error of a flux makes the largest heating rate.)
class HeatingRates {
 public:
  explicit HeatingRates(const data::Recipe& recipe);

  /// The rates: "heating_rate_sw[12]", layer by layer, pair after pair; empty when there are none.
  [[nodiscard]] const std::vector<data::Feature>& features() const { return features_; }
  /// The half-level pressures that are known, in the order of pressures_pa.
  [[nodiscard]] const std::vector<data::Feature>& pressure_features() const {
    return pressure_.features();
  }

  /// Upper and lower half level of a rate, as places in a row of targets and of pressures_pa.
  struct Layer {
    std::array<std::size_t, 2> down, up, pressure;
  };
  /// In the order of features().
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }

  /// Half levels of the raw pressure, known or not; 0 without pressure_hl.
  [[nodiscard]] std::size_t half_levels() const { return half_levels_; }

  /// A heating rate among the targets, and the same from the divergence of the fluxes.
  struct Twin {
    std::size_t target;  ///< place in a row of targets
    std::size_t rate;    ///< place among features()
  };
  /// Targets that are heating rates of the same layers: "hr_sw" or "heating_rate_sw", in units that
  /// begin with K, on as many levels as there are layers. In order, target after target.
  [[nodiscard]] const std::vector<Twin>& twins() const { return twins_; }

  /// Pressures (columns, pressure_features) in Pa from encoded rows of inputs.
  [[nodiscard]] std::vector<float> pressures_pa(std::span<const float> x) const {
    return pressure_.decoded(x);
  }
  /// Writes the rates (columns, features) of physical rows of targets (columns, targets). Throws a
  /// data error naming the column (the first being `first_column`) whose pressure is the same on
  /// two half levels.
  void compute(std::span<const float> targets, std::span<const float> pressures_pa,
               std::int64_t first_column, std::span<float> rates) const;

 private:
  void add_pair(const data::FeatureRun& down, const data::FeatureRun& up);
  void add_twins(const std::vector<data::FeatureRun>& targets, const data::FeatureRun& down);

  std::size_t targets_;
  InputSubset pressure_;
  std::size_t half_levels_ = 0;  ///< of the raw pressure
  std::vector<data::Feature> features_;
  std::vector<Layer> layers_;
  std::vector<Twin> twins_;
};

}  // namespace colonnade::train
