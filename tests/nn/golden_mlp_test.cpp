// Training runs that PyTorch carried out in double precision, replayed in single precision.

#include "nn/golden_cases.hpp"

#include <colonnade/nn/kernel.hpp>
#include <colonnade/nn/loss.hpp>
#include <colonnade/nn/optimiser.hpp>
#include <colonnade/nn/schedule.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

namespace colonnade::nn {
namespace {

using golden::Case;

/// Per tensor: the largest difference over the largest reference value.
constexpr double tolerance = 2e-5;

/// PyTorch's names of losses.
Loss loss_of(const std::string& name) {
  if (name == "bce_with_logits") return Loss::bce;
  if (name == "cross_entropy") return Loss::cross_entropy;
  return loss_from_name(name);
}

/// The targets as rows of outputs; where they are class indices, as rows with a one.
std::vector<double> target_rows(const Case& c, std::int64_t columns, std::int64_t outputs) {
  if (loss_of(c.loss) != Loss::cross_entropy) return c.y;
  EXPECT_EQ(static_cast<std::int64_t>(c.y.size()), columns);
  std::vector<double> rows(static_cast<std::size_t>(columns * outputs));
  for (std::size_t column = 0; column < c.y.size(); ++column)
    rows[column * static_cast<std::size_t>(outputs) + static_cast<std::size_t>(c.y[column])] = 1.0;
  return rows;
}

std::vector<Case> all_cases() {
  if (const char* shared = std::getenv("COLONNADE_SHARED"); shared != nullptr)
    if (const auto path = std::filesystem::path(shared) / "golden" / "mlp.h5";
        std::filesystem::exists(path))
      return golden::read_cases(path.string());
  return golden::read_cases(COLONNADE_TEST_DATA "/mlp.h5");
}

double relative_error(std::span<const float> values, const std::vector<double>& reference) {
  EXPECT_EQ(values.size(), reference.size());
  double largest_difference = 0.0;
  double largest = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double difference = std::abs(static_cast<double>(values[i]) - reference[i]);
    if (!(difference <= largest_difference)) largest_difference = difference;  // NaN counts
    largest = std::max(largest, std::abs(reference[i]));
  }
  return largest > 0.0 ? largest_difference / largest : largest_difference;
}

/// Compares a flat buffer with tensors w0, b0, w1, ...; returns the number of values compared.
std::size_t expect_near(std::span<const float> flat,
                        const std::vector<std::vector<double>>& tensors, const char* what) {
  std::size_t offset = 0;
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    EXPECT_LE(relative_error(flat.subspan(offset, tensors[t].size()), tensors[t]), tolerance)
        << what << (t % 2 == 0 ? " w" : " b") << t / 2;
    offset += tensors[t].size();
  }
  EXPECT_EQ(offset, flat.size());
  return offset;
}

/// Trains as the case says, its columns cut into micro-batches, the last one padded with zeros.
class Replay {
 public:
  Replay(const Case& c, std::int64_t micro_batch)
      : case_(c),
        micro_batch_(micro_batch),
        shape_{c.widths, activation_from_name(c.activation)},
        loss_(loss_of(c.loss)),
        kernel_(shape_, micro_batch),
        optimiser_({.algorithm = algorithm_from_name(c.optimiser),
                    .momentum = c.momentum,
                    .beta1 = c.beta1,
                    .beta2 = c.beta2,
                    .epsilon = c.epsilon,
                    .weight_decay = c.weight_decay},
                   parameter_count(shape_)),
        schedule_({.kind = c.schedule.starts_with("cosine") ? ScheduleKind::cosine
                                                            : ScheduleKind::constant,
                   .learning_rate = c.learning_rate,
                   .total_steps = static_cast<std::int64_t>(c.losses.size())}),
        columns_(static_cast<std::int64_t>(c.x.size()) / shape_.inputs()),
        terms_(static_cast<double>(terms_of(loss_, columns_, shape_.outputs()))),
        targets_(target_rows(c, columns_, shape_.outputs())) {
    for (const auto& tensor : c.initial)
      weights.insert(weights.end(), tensor.begin(), tensor.end());
    gradient.resize(weights.size());
  }

  /// Returns the loss before the update.
  double step() {
    const double loss = pass();
    double scale = 1.0;
    if (case_.clip_norm > 0.0)
      scale = std::min(1.0, case_.clip_norm / (std::sqrt(sum_of_squares(gradient)) + 1e-6));
    optimiser_.step(weights, gradient, schedule_.at(optimiser_.step_count()), scale);
    return loss;
  }

  /// Fills `gradient` and returns the loss.
  double pass() {
    kernel_.set_weights(weights);
    std::fill(gradient.begin(), gradient.end(), 0.0F);
    double sum = 0.0;
    for (std::int64_t first = 0; first < columns_; first += micro_batch_) sum += add(first);
    return sum / terms_;
  }

  std::vector<float> weights, gradient;

 private:
  std::vector<float> rows(const std::vector<double>& all, std::int64_t first,
                          std::int64_t width) const {
    std::vector<float> part(static_cast<std::size_t>(micro_batch_ * width));
    const std::int64_t last = std::min(first + micro_batch_, columns_);
    std::transform(all.begin() + first * width, all.begin() + last * width, part.begin(),
                   [](double value) { return static_cast<float>(value); });
    return part;
  }

  double add(std::int64_t first) {
    const auto x = rows(case_.x, first, shape_.inputs());
    const auto y = rows(targets_, first, shape_.outputs());
    std::vector<float> dy(y.size());
    std::vector<float> part(gradient.size());
    const double sum = loss_and_gradient({.loss = loss_}, kernel_.forward(x.data()), y.data(),
                                         std::min(micro_batch_, columns_ - first), micro_batch_,
                                         shape_.outputs(), 1.0 / terms_, dy.data());
    kernel_.backward(x.data(), dy.data(), part);
    std::transform(part.begin(), part.end(), gradient.begin(), gradient.begin(), std::plus<>());
    return sum;
  }

  const Case& case_;
  std::int64_t micro_batch_;
  MlpShape shape_;
  Loss loss_;
  MlpKernel kernel_;
  Optimiser optimiser_;
  Schedule schedule_;
  std::int64_t columns_;
  double terms_;
  std::vector<double> targets_;
};

std::size_t replay(const Case& c, std::int64_t micro_batch) {
  SCOPED_TRACE(c.name);
  Replay run(c, micro_batch);
  run.pass();
  std::size_t compared = expect_near(run.gradient, c.gradient, "gradient");
  for (std::size_t step = 0; step < c.losses.size(); ++step) {
    EXPECT_NEAR(run.step(), c.losses[step], tolerance * c.losses[step]) << "step " << step;
    ++compared;
  }
  return compared + expect_near(run.weights, c.final, "final");
}

class Golden : public testing::TestWithParam<std::int64_t> {};

TEST_P(Golden, RunsAreReplayed) {
  std::size_t replayed = 0;
  std::size_t compared = 0;
  std::set<Loss> losses;
  for (const Case& c : all_cases()) {
    compared += replay(c, GetParam());
    losses.insert(loss_of(c.loss));
    ++replayed;
  }
  std::cout << replayed << " runs replayed, " << compared << " values compared\n";
  EXPECT_EQ(losses.size(), 5U);
  EXPECT_GT(compared, 100 * replayed);
}

INSTANTIATE_TEST_SUITE_P(MicroBatches, Golden, testing::Values(70, 32, 7));

}  // namespace
}  // namespace colonnade::nn
