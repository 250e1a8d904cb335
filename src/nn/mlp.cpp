#include <colonnade/base/error.hpp>
#include <colonnade/base/random.hpp>
#include <colonnade/nn/mlp.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nn/names.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace colonnade::nn {

namespace {

constexpr Names<4> activation_names{"silu", "relu", "gelu", "tanh"};

void check(const MlpShape& shape) {
  const auto& widths = shape.widths;
  if (widths.size() >= 2 && std::all_of(widths.begin(), widths.end(), [](auto w) { return w > 0; }))
    return;
  throw base::Error(base::ErrorKind::usage, "these widths do not make a network",
                    {.file = {},
                     .variable = {},
                     .column = {},
                     .value = fmt::format("{}", fmt::join(widths, ", ")),
                     .hint = "give inputs, hidden layers and outputs at least one unit each"});
}

}  // namespace

Activation activation_from_name(std::string_view name) {
  return value_in<Activation>(activation_names, "activation", name);
}

std::string_view name_of(Activation activation) {
  return name_in(activation_names, activation);
}

std::vector<LayerView> layers(const MlpShape& shape) {
  check(shape);
  std::vector<LayerView> views;
  std::size_t offset = 0;
  for (std::size_t l = 0; l + 1 < shape.widths.size(); ++l) {
    const std::int64_t in = shape.widths[l];
    const std::int64_t out = shape.widths[l + 1];
    const std::size_t bias_offset = offset + static_cast<std::size_t>(in * out);
    const bool is_hidden = l + 2 < shape.widths.size();
    LayerView view{.weight_offset = offset,
                   .bias_offset = bias_offset,
                   .in = in,
                   .out = out,
                   .adds_input = shape.is_residual && is_hidden && l > 0 && in == out,
                   .is_normalised = shape.has_batch_norm && is_hidden,
                   .gamma_offset = bias_offset + static_cast<std::size_t>(out)};
    offset = view.gamma_offset + (view.is_normalised ? 2 * static_cast<std::size_t>(out) : 0);
    views.push_back(view);
  }
  for (LayerView& view : views)
    if (view.is_normalised)
      view.statistics_offset =
          std::exchange(offset, offset + 2 * static_cast<std::size_t>(view.out));
  return views;
}

std::size_t trained_count(const MlpShape& shape) {
  return layers(shape).back().gamma_offset;
}

std::size_t parameter_count(const MlpShape& shape) {
  std::size_t count = trained_count(shape);
  for (const LayerView& layer : layers(shape))
    if (layer.is_normalised) count += 2 * static_cast<std::size_t>(layer.out);
  return count;
}

void initialise(const MlpShape& shape, std::uint64_t seed, std::span<float> weights) {
  base::expects(weights.size() == parameter_count(shape), "one weight per parameter");
  for (const LayerView& layer : layers(shape)) {
    if (layer.is_normalised) {
      const auto fill = [&](std::size_t offset, float first, float second) {
        const auto out = static_cast<std::size_t>(layer.out);
        std::fill_n(&weights[offset], out, first);
        std::fill_n(&weights[offset + out], out, second);
      };
      fill(layer.gamma_offset, 1.0F, 0.0F);
      fill(layer.statistics_offset, 0.0F, 1.0F);
    }
    const double bound = 1.0 / std::sqrt(static_cast<double>(layer.in));
    const std::size_t end = layer.bias_offset + static_cast<std::size_t>(layer.out);
    for (std::size_t i = layer.weight_offset; i < end; ++i) {
      const std::uint32_t bits = base::Random(seed, base::Purpose::initial_weights, i).next_u32();
      weights[i] = static_cast<float>(bound * (static_cast<double>(bits >> 8) * 0x1p-23 - 1.0));
    }
  }
}

}  // namespace colonnade::nn
