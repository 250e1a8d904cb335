#pragma once

#include <colonnade/nn/input_layout.hpp>

#include <algorithm>
#include <vector>

namespace colonnade::nn {

/// Rows of inputs where a kernel reads them.
template <typename Value>
std::vector<Value> arranged(const std::vector<Value>& rows, const InputLayout& layout) {
  std::vector<Value> result(layout.size());
  const auto columns = static_cast<std::int64_t>(rows.size()) / layout.inputs;
  for (std::int64_t row = 0; row < columns; ++row)
    each_segment(layout, row, [&](std::int64_t first, std::int64_t width, std::int64_t place) {
      std::copy_n(rows.begin() + row * layout.inputs + first, width, result.begin() + place);
    });
  return result;
}

}  // namespace colonnade::nn
