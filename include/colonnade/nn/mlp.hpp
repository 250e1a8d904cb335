#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace colonnade::nn {

/// The function between two layers; gelu is x Phi(x) with the exact Gaussian integral.
enum class Activation { silu, relu, gelu, tanh };

/// The activation called `name`. Throws base::Error (usage) that lists the names.
Activation activation_from_name(std::string_view name);
std::string_view name_of(Activation activation);

/// A multi-layer perceptron: widths of inputs, hidden layers and outputs; the last layer is linear.
struct MlpShape {
  std::vector<std::int64_t> widths;
  Activation activation = Activation::silu;
  /// Whether a hidden layer as wide as the hidden layer below it adds that one's values to its own
  /// (He et al. 2016).
  bool is_residual = false;

  [[nodiscard]] std::int64_t inputs() const { return widths.front(); }
  [[nodiscard]] std::int64_t outputs() const { return widths.back(); }
};

/// Where one layer, y = W x + b, lies in the flat buffer of weights and in that of gradients.
struct LayerView {
  std::size_t weight_offset;  ///< of W (out, in), row-major
  std::size_t bias_offset;    ///< of b (out), right behind W
  std::int64_t in;
  std::int64_t out;
  bool adds_input = false;  ///< to its activated values
};

/// The layers in flat order. Throws base::Error (usage) if a width is missing or not positive.
std::vector<LayerView> layers(const MlpShape& shape);

/// Number of weights and biases of all layers.
std::size_t parameter_count(const MlpShape& shape);

/// Fills `weights` (parameter_count values) uniformly within 1/sqrt(in) of zero, weights and biases
/// alike (He et al. 2015, with the gain that torch.nn.Linear takes); each value is a function of
/// the seed, its place in the buffer and its layer's inputs alone.
void initialise(const MlpShape& shape, std::uint64_t seed, std::span<float> weights);

}  // namespace colonnade::nn
