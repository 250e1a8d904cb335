#include <colonnade/train/input_subset.hpp>

namespace colonnade::train {

InputSubset::InputSubset(const data::Recipe& recipe, const Choose& choose)
    : inputs_(recipe.array("x").encoding.width()) {
  const auto& all = recipe.array("x").encoding;
  for (std::size_t i = 0; i < all.width(); ++i) {
    if (!choose(all.features[i])) continue;
    places_.push_back(i);
    encoding_.features.push_back(all.features[i]);
    encoding_.transforms.push_back(all.transforms[i]);
    encoding_.offset.push_back(all.offset[i]);
    encoding_.scale.push_back(all.scale[i]);
  }
}

std::vector<float> InputSubset::decoded(std::span<const float> x) const {
  std::vector<float> rows;
  if (places_.empty()) return rows;
  rows.reserve(x.size() / inputs_ * places_.size());
  for (std::size_t row = 0; row < x.size(); row += inputs_)
    for (const auto place : places_) rows.push_back(x[row + place]);
  encoding_.decode_rows(rows);
  return rows;
}

}  // namespace colonnade::train
