// Gradients against finite differences of an independent network in double precision.

#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <tuple>

namespace colonnade::nn {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t columns = 9;
constexpr std::int64_t valid_columns = 7;

/// Values without symmetry, spread over (-1, 1).
std::vector<float> pattern(std::size_t count, double phase) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::sin(phase + 1.7 * static_cast<double>(i * i % 9973)));
  return values;
}

double activate(Activation activation, double z) {
  switch (activation) {
    case Activation::silu:
      return z / (1.0 + std::exp(-z));
    case Activation::relu:
      return z > 0.0 ? z : 0.0;
    case Activation::gelu:
      return 0.5 * z * std::erfc(-z / std::numbers::sqrt2);
    case Activation::tanh:
      return std::tanh(z);
  }
  return z;
}

double pointwise(Loss loss, double d) {
  if (loss == Loss::mse) return d * d;
  if (loss == Loss::huber && std::abs(d) < 1.0) return 0.5 * d * d;
  return std::abs(d) - (loss == Loss::huber ? 0.5 : 0.0);
}

Matrix as_matrix(const std::vector<float>& values, Eigen::Index rows) {
  const auto width = static_cast<Eigen::Index>(values.size()) / rows;
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
             values.data(), rows, width)
      .cast<double>();
}

/// The sum of the loss over the valid columns, for weights given layer by layer.
double network_loss(const MlpShape& shape, Loss loss, const std::vector<double>& weights,
                    const Matrix& x, const Matrix& target) {
  Matrix values = x.topRows(valid_columns);
  const double* w = weights.data();
  for (std::size_t l = 0; l + 1 < shape.widths.size(); ++l) {
    const Eigen::Index in = shape.widths[l];
    const Eigen::Index out = shape.widths[l + 1];
    Matrix z = values * Eigen::Map<const Matrix>(w, out, in).transpose();
    z.rowwise() += Eigen::Map<const Eigen::RowVectorXd>(w + in * out, out);
    if (l + 2 < shape.widths.size())
      z = z.unaryExpr([&](double value) { return activate(shape.activation, value); });
    if (shape.is_residual && l > 0 && l + 2 < shape.widths.size() && in == out) z += values;
    values = z;
    w += in * out + out;
  }
  return (values - target.topRows(valid_columns))
      .unaryExpr([&](double d) { return pointwise(loss, d); })
      .sum();
}

using Setting = std::tuple<Activation, Loss, int, bool>;

class Gradient : public testing::TestWithParam<Setting> {};

TEST_P(Gradient, EqualsFiniteDifferences) {
  const auto [activation, loss, depth, is_residual] = GetParam();
  MlpShape shape{{5, 7, 6, 8}, activation, is_residual};
  if (is_residual) shape.widths = {5, 7, 7, 7};
  shape.widths.resize(static_cast<std::size_t>(depth) + 1);
  shape.widths.push_back(3);
  const std::size_t count = parameter_count(shape);
  const std::vector<float> x = pattern(columns * 5, 0.3);
  std::vector<float> target = pattern(columns * 3, 1.1);
  for (float& value : target) value *= 2.0F;  // so that Huber's two pieces both occur
  const std::vector<float> weights = pattern(count, 2.2);

  MlpKernel kernel(shape, columns);
  kernel.set_weights(weights);
  std::vector<float> dy(columns * 3);
  std::vector<float> gradient(count);
  const double scale = 0.25;
  const double sum = loss_and_gradient({.loss = loss}, kernel.forward(x.data()), target.data(),
                                       valid_columns, columns, 3, scale, dy.data());
  kernel.backward(x.data(), dy.data(), gradient);

  std::vector<double> moved(weights.begin(), weights.end());
  const Matrix exact_x = as_matrix(x, columns);
  const Matrix exact_target = as_matrix(target, columns);
  const auto reference = [&] { return network_loss(shape, loss, moved, exact_x, exact_target); };
  EXPECT_NEAR(sum, reference(), 1e-5 * reference());

  constexpr double nudge = 1e-6;
  double largest = 0.0;
  double largest_difference = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const double kept = moved[i];
    moved[i] = kept + nudge;
    const double above = reference();
    moved[i] = kept - nudge;
    const double slope = scale * (above - reference()) / (2.0 * nudge);
    moved[i] = kept;
    largest = std::max(largest, std::abs(slope));
    largest_difference =
        std::max(largest_difference, std::abs(slope - static_cast<double>(gradient[i])));
    ASSERT_TRUE(std::isfinite(gradient[i])) << "parameter " << i;
  }
  EXPECT_GT(largest, 0.01);
  EXPECT_LT(largest_difference, 1e-5 * largest);
}

std::string setting_name(const testing::TestParamInfo<Setting>& info) {
  const auto [activation, loss, depth, is_residual] = info.param;
  return std::string(name_of(activation)) + "_" + std::string(name_of(loss)) + "_" +
         std::to_string(depth) + (is_residual ? "_residual" : "");
}

INSTANTIATE_TEST_SUITE_P(Networks, Gradient,
                         testing::Combine(testing::Values(Activation::silu, Activation::relu,
                                                          Activation::gelu, Activation::tanh),
                                          testing::Values(Loss::mse, Loss::mae, Loss::huber),
                                          testing::Range(0, 4), testing::Bool()),
                         setting_name);

}  // namespace
}  // namespace colonnade::nn
