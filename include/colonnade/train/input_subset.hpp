#pragma once

#include <colonnade/data/recipe.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::train {

/// Some of the inputs of a recipe, in physical units and in the order of the raw files; those among
/// them that were left out because they never change, too.
class InputSubset {
 public:
  using Choose = std::function<bool(const data::Feature&)>;
  InputSubset(const data::Recipe& recipe, const Choose& choose);

  [[nodiscard]] const std::vector<data::Feature>& features() const { return encoding_.features; }
  /// Whether a feature was left out of the inputs because it never changes.
  [[nodiscard]] bool is_constant(std::size_t feature) const { return places_[feature] == inputs_; }
  /// Values (columns, features) from encoded rows of all inputs.
  [[nodiscard]] std::vector<float> decoded(std::span<const float> x) const;

 private:
  void add(const data::Feature& feature, std::size_t place, const data::Transform& transform,
           double offset, double scale);

  std::size_t inputs_;
  std::vector<std::size_t> places_;  ///< in a row of inputs; `inputs_` of a constant
  data::Encoding encoding_;
};

}  // namespace colonnade::train
