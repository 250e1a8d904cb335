#pragma once

#include <cstdint>
#include <string_view>

namespace colonnade::nn {

/// Pointwise losses of the difference d: d^2; |d|; d^2/2 where |d| < 1, else |d| - 1/2.
enum class Loss { mse, mae, huber };

/// The loss called `name`. Throws base::Error (usage) that lists the names.
Loss loss_from_name(std::string_view name);
std::string_view name_of(Loss loss);

/// Sums the loss over the first `valid_columns` of `columns` rows of `outputs` values, and writes
/// dy = scale * dloss/dprediction (columns, outputs), zero in the rows beyond. For the mean over a
/// batch, scale is 1 / (columns of the batch * outputs). The order of the sum is fixed.
double loss_and_gradient(Loss loss, const float* prediction, const float* target,
                         std::int64_t valid_columns, std::int64_t columns, std::int64_t outputs,
                         double scale, float* dy);

/// The same sum without the gradient, with the same bits.
double loss_sum(Loss loss, const float* prediction, const float* target, std::int64_t valid_columns,
                std::int64_t outputs);

}  // namespace colonnade::nn
