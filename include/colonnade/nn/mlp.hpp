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
  /// Whether training normalises what a hidden layer activates (LayerView::is_normalised). Models
  /// hold the network that fold() makes of it.
  bool has_batch_norm = false;
  /// Part of the activated values that training sets to zero, the others times 1 / (1 - dropout)
  /// (Srivastava et al. 2014).
  double dropout = 0.0;

  [[nodiscard]] std::int64_t inputs() const { return widths.front(); }
  [[nodiscard]] std::int64_t outputs() const { return widths.back(); }
};

/// Where one layer, y = W x + b, lies in the flat buffer of weights and in that of gradients.
///
/// A normalised one activates gamma (y - mean) / sqrt(variance + epsilon) + beta, with the mean and
/// the variance of each of its outputs (Ioffe and Szegedy 2015): in training those over the
/// micro-batch's columns, so that they do not depend on who computes it ("ghost batches", Hoffer et
/// al. 2017), and in predictions their running means, which lie behind all that the optimiser
/// moves.
struct LayerView {
  std::size_t weight_offset;  ///< of W (out, in), row-major
  std::size_t bias_offset;    ///< of b (out), right behind W
  std::int64_t in;
  std::int64_t out;
  bool adds_input = false;  ///< to its activated values
  bool is_normalised = false;
  std::size_t gamma_offset = 0;       ///< of gamma and beta (out each), right behind b
  std::size_t statistics_offset = 0;  ///< of the running mean and variance (out each)
};

/// The layers in flat order. Throws base::Error (usage) if a width is missing or not positive.
std::vector<LayerView> layers(const MlpShape& shape);

/// Number of all values of all layers, running statistics among them.
std::size_t parameter_count(const MlpShape& shape);

/// Number of those that an optimiser moves: they come first.
std::size_t trained_count(const MlpShape& shape);

/// Fills `weights` (parameter_count values) uniformly within 1/sqrt(in) of zero, weights and biases
/// alike (He et al. 2015, with the gain that torch.nn.Linear takes); each value is a function of
/// the seed, its place in the buffer and its layer's inputs alone. Gammas and running variances are
/// 1, betas and running means 0.
void initialise(const MlpShape& shape, std::uint64_t seed, std::span<float> weights);

}  // namespace colonnade::nn
