#pragma once

#include <colonnade/nn/mlp.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace colonnade::nn {

using Whole = std::vector<std::int64_t>;

struct Passed {
  Whole y, gradient;
};

/// A network with relu, by plain loops over whole numbers. `largest` becomes the largest value that
/// bf16 has to hold.
class Plain {
 public:
  Plain(const MlpShape& shape, std::int64_t columns, const Whole& weights)
      : views_(layers(shape)), activated_(views_.size()), columns_(columns), weights_(weights) {}

  Passed pass(const Whole& x, const Whole& dy) {
    std::vector<Whole> inputs{x};
    for (std::size_t l = 0; l < views_.size(); ++l) inputs.push_back(forward(l, inputs[l]));
    Passed result{inputs.back(), Whole(weights_.size())};
    Whole delta = dy, d_after;
    for (std::size_t l = views_.size(); l-- > 0;) {
      write_gradient(l, inputs[l], delta, result.gradient);
      if (l == 0) break;
      const Whole past = std::exchange(d_after, propagate(l, delta));
      delta = d_after;
      for (std::size_t i = 0; i < d_after.size(); ++i) {
        if (views_[l].adds_input) d_after[i] += past[i];
        if (views_[l - 1].adds_input) held(d_after[i]);
        delta[i] = activated_[l - 1][i] > 0 ? d_after[i] : 0;
      }
    }
    return result;
  }
  [[nodiscard]] std::int64_t largest() const { return largest_; }

 private:
  [[nodiscard]] std::int64_t weight(std::size_t l, std::int64_t o, std::int64_t i) const {
    return weights_[views_[l].weight_offset + static_cast<std::size_t>(o * views_[l].in + i)];
  }
  static std::int64_t& at(Whole& values, std::int64_t row, std::int64_t width, std::int64_t place) {
    return values[static_cast<std::size_t>(row * width + place)];
  }
  static std::int64_t at(const Whole& values, std::int64_t row, std::int64_t width,
                         std::int64_t place) {
    return values[static_cast<std::size_t>(row * width + place)];
  }
  std::int64_t held(std::int64_t value) {
    largest_ = std::max(largest_, std::abs(value));
    return value;
  }

  Whole forward(std::size_t l, const Whole& input) {
    const auto [in, out] = std::pair(views_[l].in, views_[l].out);
    const bool is_last = l + 1 == views_.size();
    Whole result(static_cast<std::size_t>(columns_ * out));
    for (std::int64_t c = 0; c < columns_; ++c)
      for (std::int64_t o = 0; o < out; ++o) {
        std::int64_t z = weights_[views_[l].bias_offset + static_cast<std::size_t>(o)];
        for (std::int64_t i = 0; i < in; ++i) z += weight(l, o, i) * at(input, c, in, i);
        at(result, c, out, o) = is_last ? z : std::max<std::int64_t>(z, 0);
      }
    activated_[l] = result;
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (views_[l].adds_input) result[i] += input[i];
      if (!is_last) held(result[i]);
    }
    return result;
  }

  void write_gradient(std::size_t l, const Whole& input, const Whole& delta, Whole& gradient) {
    const auto [in, out] = std::pair(views_[l].in, views_[l].out);
    for (std::int64_t c = 0; c < columns_; ++c)
      for (std::int64_t o = 0; o < out; ++o) {
        const std::int64_t d = held(at(delta, c, out, o));
        if (d == 0) continue;
        gradient[views_[l].bias_offset + static_cast<std::size_t>(o)] += d;
        for (std::int64_t i = 0; i < in; ++i)
          gradient[views_[l].weight_offset + static_cast<std::size_t>(o * in + i)] +=
              d * at(input, c, in, i);
      }
  }

  [[nodiscard]] Whole propagate(std::size_t l, const Whole& delta) const {
    const auto [in, out] = std::pair(views_[l].in, views_[l].out);
    Whole below(static_cast<std::size_t>(columns_ * in));
    for (std::int64_t c = 0; c < columns_; ++c)
      for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t i = 0, d = at(delta, c, out, o); d != 0 && i < in; ++i)
          at(below, c, in, i) += d * weight(l, o, i);
    return below;
  }

  std::vector<LayerView> views_;
  std::vector<Whole> activated_;  ///< of each layer, without what it adds
  std::int64_t columns_, largest_ = 0;
  const Whole& weights_;
};

}  // namespace colonnade::nn
