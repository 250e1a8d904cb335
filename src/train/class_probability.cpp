#include <colonnade/nn/probability.hpp>
#include <colonnade/train/class_probability.hpp>

#include <algorithm>

namespace colonnade::train {

using Kind = data::Classes::Kind;

void to_probabilities(Kind kind, std::size_t classes, std::span<float> rows) {
  if (kind == Kind::one)
    nn::softmax(rows, classes);
  else
    nn::sigmoid(rows);
}

void decide(Kind kind, std::span<const float> probabilities, double threshold,
            std::span<std::int8_t> members) {
  if (kind == Kind::one) {
    std::fill(members.begin(), members.end(), std::int8_t{0});
    const auto most = std::max_element(probabilities.begin(), probabilities.end());
    members[static_cast<std::size_t>(most - probabilities.begin())] = 1;
    return;
  }
  std::transform(probabilities.begin(), probabilities.end(), members.begin(), [&](float p) {
    return static_cast<std::int8_t>(static_cast<double>(p) >= threshold);
  });
}

}  // namespace colonnade::train
