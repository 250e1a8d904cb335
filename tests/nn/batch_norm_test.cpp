// Batch normalisation and dropout against an independent network in double precision, finite
// differences of it, and PyTorch.

#include <colonnade/nn/batch_norm.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/nn/optimiser.hpp>

#include <Eigen/Dense>
#include <gtest/gtest.h>
#include <nn/dropout.hpp>

#include <cmath>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace colonnade::nn {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::RowVectorXd;
using Values = std::vector<float>;

constexpr std::int64_t columns = 16, valid = 13;

Values pattern(std::size_t count, double phase) {
  Values values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::sin(phase + 1.7 * static_cast<double>(i * i % 9973)));
  return values;
}

/// Gammas around 1.5 and variances above 0, so that nothing is small by chance.
Values weights_of(const MlpShape& shape) {
  Values weights = pattern(parameter_count(shape), 2.2);
  for (const LayerView& layer : layers(shape))
    for (std::int64_t o = 0; layer.is_normalised && o < layer.out; ++o) {
      weights[layer.gamma_offset + static_cast<std::size_t>(o)] += 1.5F;
      weights[layer.statistics_offset + static_cast<std::size_t>(layer.out + o)] += 1.5F;
    }
  return weights;
}

Matrix as_matrix(const Values& values, Eigen::Index rows) {
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
             values.data(), rows, static_cast<Eigen::Index>(values.size()) / rows)
      .cast<double>();
}

/// The factors that dropout multiplies the rows of a layer with.
Matrix factors_of(const MlpShape& shape, std::size_t layer, const TrainingRows& rows) {
  const std::int64_t width = shape.widths[layer + 1];
  Values ones(static_cast<std::size_t>(columns * width), 1.0F);
  if (shape.dropout > 0.0)
    Dropout(shape.dropout, layer, columns, width).forward(Precision::fp32, rows, ones.data());
  return as_matrix(ones, columns).topRows(valid);
}

/// The rows' mean and variance (with the divisor n) of each unit of the last layer that was
/// normalised.
struct Moments {
  Row mean, variance;
};

/// The outputs of the valid rows in training.
Matrix trained_outputs(const MlpShape& shape, const std::vector<double>& weights, const Matrix& x,
                       const TrainingRows& rows, std::vector<Moments>* moments = nullptr) {
  Matrix values = x.topRows(valid);
  const auto views = layers(shape);
  for (std::size_t l = 0; l < views.size(); ++l) {
    const LayerView& view = views[l];
    const auto row = [&](std::size_t offset) {
      return Eigen::Map<const Row>(weights.data() + offset, view.out);
    };
    Matrix z =
        values * Eigen::Map<const Matrix>(weights.data() + view.weight_offset, view.out, view.in)
                     .transpose();
    z.rowwise() += row(view.bias_offset);
    if (view.is_normalised) {
      const Row mean = z.colwise().mean();
      z.rowwise() -= mean;
      const Row variance = z.array().square().colwise().mean();
      if (moments != nullptr) moments->push_back({mean, variance});
      const auto out = static_cast<std::size_t>(view.out);
      const Row factor = row(view.gamma_offset).array() / (variance.array() + 1e-5).sqrt();
      z = z.array().rowwise() * factor.array();
      z.rowwise() += row(view.gamma_offset + out);
    }
    if (l + 1 < views.size()) {
      z = z.unaryExpr([](double value) { return std::tanh(value); });
      z = z.cwiseProduct(factors_of(shape, l, rows));
    }
    if (view.adds_input) z += values;
    values = z;
  }
  return values;
}

using Setting = std::tuple<bool, double, bool>;

class Regularised : public testing::TestWithParam<Setting> {};

TEST_P(Regularised, HasTheGradientOfFiniteDifferences) {
  const auto [has_batch_norm, dropout, is_residual] = GetParam();
  const MlpShape shape{.widths = {5, 7, 7, 6, 3},
                       .activation = Activation::tanh,
                       .is_residual = is_residual,
                       .has_batch_norm = has_batch_norm,
                       .dropout = dropout};
  const TrainingRows rows{.valid = valid, .share = 0.25, .seed = 8, .index = 77};
  const Values weights = weights_of(shape), x = pattern(columns * 5, 0.3),
               target = pattern(columns * 3, 1.1);
  MlpKernel kernel(shape, columns);
  kernel.set_weights(weights);
  Values dy(columns * 3), gradient(weights.size(), NAN);
  const double sum = loss_and_gradient({}, kernel.forward(x.data(), &rows), target.data(), valid,
                                       columns, 3, 0.25, dy.data());
  kernel.backward(x.data(), dy.data(), gradient);

  std::vector<double> moved(weights.begin(), weights.end());
  const Matrix exact_x = as_matrix(x, columns), exact_target = as_matrix(target, columns);
  std::vector<Moments> moments;
  static_cast<void>(trained_outputs(shape, moved, exact_x, rows, &moments));
  const auto loss = [&] {
    return (trained_outputs(shape, moved, exact_x, rows) - exact_target.topRows(valid))
        .squaredNorm();
  };
  EXPECT_NEAR(sum, loss(), 1e-5 * loss());
  constexpr double nudge = 1e-6;
  double largest = 0.0;
  for (std::size_t i = 0; i < trained_count(shape); ++i) {
    const double kept = moved[i];
    moved[i] = kept + nudge;
    const double above = loss();
    moved[i] = kept - nudge;
    const double slope = 0.25 * (above - loss()) / (2.0 * nudge);
    moved[i] = kept;
    largest = std::max(largest, std::abs(slope));
    ASSERT_NEAR(gradient[i], slope, 2e-5) << "parameter " << i;
  }
  EXPECT_GT(largest, 0.5);

  std::size_t normalised = 0;
  for (const LayerView& view : layers(shape)) {
    if (!view.is_normalised) continue;
    for (Eigen::Index o = 0; o < view.out; ++o) {
      const auto at = view.statistics_offset + static_cast<std::size_t>(o);
      EXPECT_NEAR(gradient[at], 0.25 * moments[normalised].mean[o], 1e-6);
      EXPECT_NEAR(gradient[at + static_cast<std::size_t>(view.out)],
                  0.25 * moments[normalised].variance[o] * valid / (valid - 1), 1e-6);
      EXPECT_EQ(gradient[view.bias_offset + static_cast<std::size_t>(o)], 0.0F);
    }
    ++normalised;
  }
  EXPECT_EQ(normalised, has_batch_norm ? 3U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Networks, Regularised,
                         testing::Combine(testing::Bool(), testing::Values(0.0, 0.3),
                                          testing::Bool()));

TEST(BatchNorm, FoldedNetworkPredictsWithTheRunningStatistics) {
  for (const bool is_residual : {false, true}) {
    const MlpShape shape{.widths = {5, 7, 7, 3},
                         .activation = Activation::tanh,
                         .is_residual = is_residual,
                         .has_batch_norm = true,
                         .dropout = 0.4};
    const Values weights = weights_of(shape), x = pattern(columns * 5, 0.3);
    Values folded_weights(parameter_count(folded(shape)));
    fold(shape, weights, folded_weights);
    MlpKernel kernel(folded(shape), columns, KernelUse::inference);
    kernel.set_weights(folded_weights);
    const float* const y = kernel.forward(x.data());
    const auto views = layers(shape);
    for (std::int64_t column = 0; column < columns; ++column) {
      std::vector<double> values(x.begin() + column * 5, x.begin() + (column + 1) * 5);
      for (const LayerView& view : views) {
        std::vector<double> next;
        for (std::size_t o = 0, out = static_cast<std::size_t>(view.out); o < out; ++o) {
          double z = weights[view.bias_offset + o];
          for (std::size_t i = 0; i < values.size(); ++i)
            z += values[i] *
                 static_cast<double>(weights[view.weight_offset + o * values.size() + i]);
          if (view.is_normalised) {
            const double deviation =
                std::sqrt(static_cast<double>(weights[view.statistics_offset + out + o]) + 1e-5);
            z = static_cast<double>(weights[view.gamma_offset + o]) *
                    (z - static_cast<double>(weights[view.statistics_offset + o])) / deviation +
                static_cast<double>(weights[view.gamma_offset + out + o]);
            z = std::tanh(z) + (view.adds_input ? values[o] : 0.0);
          }
          next.push_back(z);
        }
        values = std::move(next);
      }
      for (std::size_t o = 0; o < 3; ++o)
        ASSERT_NEAR(y[column * 3 + static_cast<std::int64_t>(o)], values[o], 1e-5);
    }
  }
}

// Three steps of SGD and a prediction, by torch 1.13 in float64, pattern() being the one above:
//   net = Sequential(Linear(3, 4), BatchNorm1d(4), SiLU(), Linear(4, 2))
//   net[0].weight, bias = pattern(12, 2.2), pattern(4, 0.7)
//   net[1].weight, bias = 1.5 + pattern(4, 2.9), pattern(4, 0.2)
//   net[3].weight, bias = pattern(8, 1.3), pattern(2, 0.9)
//   x, y = pattern(27, 0.3), pattern(18, 1.1); three times: mse_loss, backward, SGD(lr=0.1).step
TEST(BatchNorm, TrainsAsPyTorchDoes) {
  const std::vector<double> losses{3.00871866, 1.28265319, 0.891061873, 0.702135189};
  const Values gamma_and_beta{1.49728671F,   0.500977474F, 0.981216184F, 0.848288696F,
                              0.0532995708F, 0.935040984F, 0.397796195F, 0.259454744F};
  const Values statistics{0.10544304F,  0.216685651F, 0.100031383F, -0.0558994055F,
                          0.921169157F, 1.10309321F,  0.918946136F, 0.8775162F};
  constexpr std::int64_t rows = 9;
  const MlpShape shape{.widths = {3, 4, 2}, .has_batch_norm = true};
  const auto views = layers(shape);
  Values weights(parameter_count(shape));
  initialise(shape, 1, weights);
  const auto set = [&](std::size_t offset, std::size_t count, double phase, float shift = 0.0F) {
    for (const float value : pattern(count, phase)) weights[offset++] = shift + value;
  };
  set(views[0].weight_offset, 12, 2.2);
  set(views[0].bias_offset, 4, 0.7);
  set(views[0].gamma_offset, 4, 2.9, 1.5F);
  set(views[0].gamma_offset + 4, 4, 0.2);
  set(views[1].weight_offset, 8, 1.3);
  set(views[1].bias_offset, 2, 0.9);
  const Values x = pattern(rows * 3, 0.3), y = pattern(rows * 2, 1.1);

  const std::span<float> all(weights);
  MlpKernel kernel(shape, rows);
  Optimiser sgd({.algorithm = Algorithm::sgd}, trained_count(shape));
  Values dy(rows * 2), gradient(weights.size());
  const TrainingRows whole{.valid = rows};
  for (std::size_t step = 0; step < 3; ++step) {
    kernel.set_weights(weights);
    const double sum = loss_and_gradient({}, kernel.forward(x.data(), &whole), y.data(), rows, rows,
                                         2, 1.0 / (rows * 2), dy.data());
    EXPECT_NEAR(sum / (rows * 2), losses[step], 1e-5);
    kernel.backward(x.data(), dy.data(), gradient);
    const std::span<const float> slopes(gradient);
    const std::size_t trained = trained_count(shape);
    sgd.step(all.first(trained), slopes.first(trained), 0.1, 1.0);
    follow(all.subspan(trained), slopes.subspan(trained), batch_norm_momentum);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_NEAR(weights[views[0].gamma_offset + i], gamma_and_beta[i], 1e-5) << i;
    EXPECT_NEAR(weights[views[0].statistics_offset + i], statistics[i], 1e-5) << i;
  }
  Values folded_weights(parameter_count(folded(shape)));
  fold(shape, weights, folded_weights);
  MlpKernel predicts(folded(shape), rows, KernelUse::inference);
  predicts.set_weights(folded_weights);
  EXPECT_NEAR(loss_sum({}, predicts.forward(x.data()), y.data(), rows, 2) / (rows * 2), losses[3],
              1e-5);
}

TEST(BatchNorm, OneColumnHasNoVarianceAndAConstantUnitNone) {
  const MlpShape shape{.widths = {3, 4, 2}, .has_batch_norm = true};
  Values weights(parameter_count(shape));
  initialise(shape, 1, weights);
  MlpKernel kernel(shape, 4);
  kernel.set_weights(weights);
  const Values x = pattern(12, 0.3), dy = pattern(8, 0.1);
  Values gradient(weights.size(), NAN);
  const TrainingRows one{.valid = 1, .share = 0.0};
  kernel.forward(x.data(), &one);
  kernel.backward(x.data(), dy.data(), gradient);
  for (const float slope : gradient) ASSERT_TRUE(std::isfinite(slope));
  for (std::size_t i = 0; i < 12; ++i)
    EXPECT_EQ(gradient[i], 0.0F) << "nothing is left to learn from";
  EXPECT_THROW(kernel.forward(x.data()), std::logic_error) << "it is not told which rows are valid";
  EXPECT_THROW(MlpKernel(shape, 4, KernelUse::inference), std::logic_error);
}

}  // namespace
}  // namespace colonnade::nn
