#include <colonnade/base/error.hpp>
#include <colonnade/base/vectors.hpp>
#include <colonnade/nn/optimiser.hpp>

#include <nn/lanes.hpp>
#include <nn/names.hpp>

#include <cmath>

namespace colonnade::nn {

namespace {

using base::Bfloat16;

/// Updated and rounded while they lie in the first-level cache.
constexpr std::size_t cached_parameters = 2048;

constexpr Names<4> algorithm_names{"sgd", "momentum", "adam", "adamw"};

void check(const OptimiserConfig& config) {
  const auto is_decay = [](double value) { return value >= 0.0 && value < 1.0; };
  if (!is_decay(config.momentum) || !is_decay(config.beta1) || !is_decay(config.beta2))
    throw base::Error(base::ErrorKind::usage,
                      "momentum, beta1 and beta2 must be at least 0 and below 1");
  if (!(config.epsilon > 0.0) || !(config.weight_decay >= 0.0))
    throw base::Error(base::ErrorKind::usage,
                      "epsilon must be positive and the weight decay not negative");
}

std::size_t moments_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::sgd:
      return 0;
    case Algorithm::momentum:
      return 1;
    case Algorithm::adam:
    case Algorithm::adamw:
      break;
  }
  return 2;
}

struct Decay {
  float gradient_scale;
  float weight_decay;

  /// The clipped gradient with the penalty on the weight's square in it.
  [[nodiscard]] float slope(float gradient, float weight) const {
    return gradient_scale * gradient + weight_decay * weight;
  }
};

COLONNADE_VECTOR_WIDTHS
void descend(std::span<float> weights, const float* __restrict g, Decay decay, float rate) {
  float* __restrict w = weights.data();
  for (std::size_t i = 0; i < weights.size(); ++i) w[i] -= rate * decay.slope(g[i], w[i]);
}

COLONNADE_VECTOR_WIDTHS
void roll(std::span<float> weights, const float* __restrict g, float* __restrict m, Decay decay,
          float rate, float momentum) {
  float* __restrict w = weights.data();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    m[i] = momentum * m[i] + decay.slope(g[i], w[i]);
    w[i] -= rate * m[i];
  }
}

/// Kingma and Ba 2015, with the corrections of the bias folded into two factors.
struct AdamFactors {
  float rate;             ///< learning rate / (1 - beta1^t)
  float root_correction;  ///< 1 / sqrt(1 - beta2^t)
  float kept;             ///< of each weight, where the decay is decoupled
  float beta1, rest1, beta2, rest2, epsilon;
};

COLONNADE_VECTOR_WIDTHS
void adapt(std::span<float> weights, const float* __restrict g, float* __restrict m,
           float* __restrict v, Decay decay, AdamFactors f) {
  float* __restrict w = weights.data();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float slope = decay.slope(g[i], w[i]);
    m[i] = f.beta1 * m[i] + f.rest1 * slope;
    v[i] = f.beta2 * v[i] + f.rest2 * (slope * slope);
    w[i] = f.kept * w[i] - f.rate * (m[i] / (std::sqrt(v[i]) * f.root_correction + f.epsilon));
  }
}

AdamFactors adam_factors(const OptimiserConfig& config, double learning_rate, std::int64_t step) {
  const auto t = static_cast<double>(step);
  const double shrinkage =
      config.algorithm == Algorithm::adamw ? learning_rate * config.weight_decay : 0.0;
  return {.rate = static_cast<float>(learning_rate / (1.0 - std::pow(config.beta1, t))),
          .root_correction = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(config.beta2, t))),
          .kept = static_cast<float>(1.0 - shrinkage),
          .beta1 = static_cast<float>(config.beta1),
          .rest1 = static_cast<float>(1.0 - config.beta1),
          .beta2 = static_cast<float>(config.beta2),
          .rest2 = static_cast<float>(1.0 - config.beta2),
          .epsilon = static_cast<float>(config.epsilon)};
}

}  // namespace

Algorithm algorithm_from_name(std::string_view name) {
  return value_in<Algorithm>(algorithm_names, "optimiser", name);
}

std::string_view name_of(Algorithm algorithm) {
  return name_in(algorithm_names, algorithm);
}

Optimiser::Optimiser(const OptimiserConfig& config, std::size_t count)
    : config_(config), count_(count) {
  check(config);
  for (std::size_t k = 0; k < moments_of(config.algorithm); ++k) moments_.emplace_back(count);
}

std::span<float> Optimiser::moment(int k) {
  return moments_.at(static_cast<std::size_t>(k)).span();
}

std::span<const float> Optimiser::moment(int k) const {
  return moments_.at(static_cast<std::size_t>(k)).span();
}

/// What one step's arithmetic takes, the same for every parameter.
struct Optimiser::Rates {
  Decay decay;
  float rate;
  AdamFactors adam;
};

void Optimiser::step(std::span<float> weights, std::span<const float> gradient,
                     double learning_rate, double gradient_scale, std::span<Bfloat16> rounded) {
  base::expects(weights.size() == count_ && gradient.size() == count_,
                "a step takes the slice that the optimiser was made for");
  base::expects(rounded.empty() || rounded.size() == count_, "each weight has a rounded one");
  ++step_count_;
  const bool is_decoupled = config_.algorithm == Algorithm::adamw;
  const Rates rates{.decay = {static_cast<float>(gradient_scale),
                              is_decoupled ? 0.0F : static_cast<float>(config_.weight_decay)},
                    .rate = static_cast<float>(learning_rate),
                    .adam = adam_factors(config_, learning_rate, step_count_)};
  for (std::size_t begin = 0; begin < count_; begin += cached_parameters) {
    const auto part = weights.subspan(begin, std::min(cached_parameters, count_ - begin));
    step_part(begin, part, gradient.data() + begin, rates);
    if (!rounded.empty()) base::round_to_bfloat16(part, rounded.subspan(begin, part.size()));
  }
}

void Optimiser::step_part(std::size_t begin, std::span<float> weights, const float* gradient,
                          const Rates& rates) {
  const auto moment = [&](std::size_t k) { return moments_[k].data() + begin; };
  switch (config_.algorithm) {
    case Algorithm::sgd:
      return descend(weights, gradient, rates.decay, rates.rate);
    case Algorithm::momentum:
      return roll(weights, gradient, moment(0), rates.decay, rates.rate,
                  static_cast<float>(config_.momentum));
    case Algorithm::adam:
    case Algorithm::adamw:
      return adapt(weights, gradient, moment(0), moment(1), rates.decay, rates.adam);
  }
}

COLONNADE_VECTOR_WIDTHS
double sum_of_squares(std::span<const float> values) {
  const float* const first = values.data();
  return sum_in_lanes(values.size(), [=](std::size_t i) {
    const double value = first[i];
    return value * value;
  });
}

}  // namespace colonnade::nn
