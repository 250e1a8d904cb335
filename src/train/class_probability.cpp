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
            std::span<char> members) {
  if (kind == Kind::one) {
    std::fill(members.begin(), members.end(), char{0});
    const auto most = std::max_element(probabilities.begin(), probabilities.end());
    members[static_cast<std::size_t>(most - probabilities.begin())] = 1;
    return;
  }
  std::transform(probabilities.begin(), probabilities.end(), members.begin(),
                 [&](float p) { return static_cast<char>(static_cast<double>(p) >= threshold); });
}

}  // namespace colonnade::train
