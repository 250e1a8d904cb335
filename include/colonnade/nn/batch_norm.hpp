#pragma once

#include <colonnade/base/bfloat16.hpp>
#include <colonnade/nn/mlp.hpp>

#include <span>

namespace colonnade::nn {

/// Added to a variance, and the part of a step's statistics in the running ones: PyTorch's.
inline constexpr double batch_norm_epsilon = 1e-5, batch_norm_momentum = 0.1;

/// The shape of the network that predicts as one trained with `shape`: without batch normalisation
/// and dropout.
MlpShape folded(MlpShape shape);

/// Writes that network's weights (parameter_count of the folded shape): W and b times gamma /
/// sqrt(variance + epsilon), the running mean taken from b and beta added. Others are copied.
void fold(const MlpShape& shape, std::span<const float> weights, std::span<float> folded_weights);

/// Moves running statistics towards those of a step by the part `momentum`, and rounds them into
/// `rounded` unless that is empty.
void follow(std::span<float> running, std::span<const float> of_step, double momentum,
            std::span<base::Bfloat16> rounded = {});

}  // namespace colonnade::nn
