#pragma once

#include <colonnade/nn/mlp.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace colonnade::infer {

/// The forward pass for one thread at a time: network_onednn.cpp, by the kernels that predict runs,
/// or network_plain.cpp where there is no oneDNN. Takes no memory after construction.
class Network {
 public:
  /// `weights` must outlive the network.
  Network(const nn::MlpShape& shape, std::span<const float> weights);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  /// Rows that `columns` rows may be padded to.
  static std::int64_t padded(std::int64_t columns);

  /// Writes the outputs (columns, outputs) for `x` (padded(columns), inputs).
  void run(const float* x, std::int64_t columns, float* y);

 private:
  struct Kernels;
  std::unique_ptr<Kernels> kernels_;
};

}  // namespace colonnade::infer
