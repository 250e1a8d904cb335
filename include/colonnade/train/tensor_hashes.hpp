#pragma once

#include <colonnade/nn/mlp.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::train {

/// One hash for each tensor of a network: the weights of layer 1, its biases, and so on, running
/// statistics at last, in flat order.
using TensorHashes = std::vector<std::uint64_t>;

/// Hashes values that lie as a network's parameters do, tensor by tensor.
///
/// A tensor's hash is the sum (modulo 2^64) of the hashes of its pieces, each with its place as the
/// seed; pieces end where tensors and tiles (tile_parameters) do. So it does not depend on how
/// ranks and threads cut the parameters, nor on who adds first.
class TensorHasher {
 public:
  /// Throws base::Error (usage) if `shape` is not one.
  explicit TensorHasher(const nn::MlpShape& shape);

  /// "layer1.weight", "layer1.bias", ...
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

  /// Adds the pieces of `values`, which stand for the parameters from `begin` (a multiple of
  /// tile_parameters) on. `kind` sets several values of one parameter apart.
  template <typename Value>
  void add(std::int64_t begin, std::span<const Value> values, int kind, TensorHashes& hashes) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::int64_t> ends_;  ///< of each tensor, in parameters
};

}  // namespace colonnade::train
