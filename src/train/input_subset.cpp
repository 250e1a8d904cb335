#include <colonnade/train/input_subset.hpp>

#include <cstdint>
#include <limits>

namespace colonnade::train {

InputSubset::InputSubset(const data::Recipe& recipe, const Choose& choose)
    : inputs_(recipe.array("x").encoding.width()) {
  const auto& x = recipe.array("x");
  auto constant = x.constants.begin();
  const auto add_constants_before = [&](std::int64_t raw_place) {
    for (; constant != x.constants.end() && constant->place < raw_place; ++constant)
      if (choose(constant->feature)) add(constant->feature, inputs_, {}, constant->value, 0.0);
  };
  for (std::size_t i = 0; i < inputs_; ++i) {
    add_constants_before(x.places[i]);
    const auto& all = x.encoding;
    if (choose(all.features[i]))
      add(all.features[i], i, all.transforms[i], all.offset[i], all.scale[i]);
  }
  add_constants_before(std::numeric_limits<std::int64_t>::max());
}

void InputSubset::add(const data::Feature& feature, std::size_t place,
                      const data::Transform& transform, double offset, double scale) {
  places_.push_back(place);
  encoding_.features.push_back(feature);
  encoding_.transforms.push_back(transform);
  encoding_.offset.push_back(offset);
  encoding_.scale.push_back(scale);
}

std::vector<float> InputSubset::decoded(std::span<const float> x) const {
  std::vector<float> rows;
  if (places_.empty()) return rows;
  rows.reserve(x.size() / inputs_ * places_.size());
  for (std::size_t row = 0; row < x.size(); row += inputs_)
    for (const auto place : places_) rows.push_back(place == inputs_ ? 0.0F : x[row + place]);
  encoding_.decode_rows(rows);
  return rows;
}

}  // namespace colonnade::train
