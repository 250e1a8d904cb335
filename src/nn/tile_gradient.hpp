#pragma once

#include <nn/tile_layer.hpp>

#include <cstdint>

namespace colonnade::nn {

/// The gradients of a layer's weights and biases for several micro-batches: each product is made
/// for every micro-batch by itself, and they are added in pairs, (a + b) + (c + d), before anything
/// is written.
class TileGradient {
 public:
  /// For up to `most` micro-batches of `columns` columns.
  TileGradient(std::int64_t columns, std::int64_t most)
      : columns_(columns),
        most_(most),
        panel_(size_of(2 * most * steps_over(columns), tile_values)) {}
  /// For layers of up to `widest` tiles.
  void make_room(std::int64_t widest);

  /// Takes the layer's delta of `count` micro-batches for write(), and writes its biases' gradient.
  void take(const TileLayer& layer, std::int64_t count, float* biases);
  /// Rows from `begin` to `end` of delta^T input; `begin` is that of a tile.
  void write(const TileLayer& layer, const Input& input, std::int64_t begin, std::int64_t end,
             float* gradient);

 private:
  void multiply_panel(std::int64_t begin, std::int64_t end, std::int64_t across);

  std::int64_t columns_, most_, count_ = 1;
  TileValues panel_;                    ///< two tiles of a layer's inputs, by all columns
  TileValues turned_;                   ///< delta^T
  base::AlignedBuffer<float> scratch_;  ///< sums: of each micro-batch after the other
  std::int64_t blocks_ = 0;             ///< of sums for a micro-batch
};

}  // namespace colonnade::nn
