#pragma once

#include <colonnade/data/recipe.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace colonnade::train {

/// Some of the inputs of a recipe, in physical units.
class InputSubset {
 public:
  using Choose = std::function<bool(const data::Feature&)>;
  InputSubset(const data::Recipe& recipe, const Choose& choose);

  [[nodiscard]] const std::vector<data::Feature>& features() const { return encoding_.features; }
  /// Values (columns, features) from encoded rows of all inputs.
  [[nodiscard]] std::vector<float> decoded(std::span<const float> x) const;

 private:
  std::size_t inputs_;
  std::vector<std::size_t> places_;  ///< in a row of inputs
  data::Encoding encoding_;
};

}  // namespace colonnade::train
