#include <colonnade/base/error.hpp>
#include <colonnade/train/error_sums.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace colonnade::train {

namespace {

/// A record: these, then `predictor_fields` for each predictor.
enum TruthField : std::size_t { count, mean, squares, absolute_truth, truth_fields };
enum PredictorField : std::size_t { squared, absolute, plain, predictor_fields };

/// Chan, Golub and LeVeque (1979) for mean and squares; the other fields are sums.
void merge(std::span<double> state, std::span<const double> next) {
  const double total = state[count] + next[count];
  const double delta = next[mean] - state[mean];
  state[mean] += delta * (next[count] / total);
  state[squares] += next[squares] + delta * delta * (state[count] * next[count] / total);
  state[count] = total;
  for (std::size_t f = absolute_truth; f < state.size(); ++f) state[f] += next[f];
}

}  // namespace

double QuantityErrors::mean_absolute() const {
  return truth_absolute / count;
}
double QuantityErrors::mae(std::size_t predictor) const {
  return predictors.at(predictor).absolute / count;
}
double QuantityErrors::percent(std::size_t predictor) const {
  if (truth_absolute == 0.0) return std::numeric_limits<double>::quiet_NaN();
  return 100.0 * predictors.at(predictor).absolute / truth_absolute;
}
double QuantityErrors::rmse(std::size_t predictor) const {
  return std::sqrt(predictors.at(predictor).squared / count);
}
double QuantityErrors::bias(std::size_t predictor) const {
  return predictors.at(predictor).plain / count;
}
double QuantityErrors::r2(std::size_t predictor) const {
  if (truth_squares == 0.0) return std::numeric_limits<double>::quiet_NaN();
  return 1.0 - predictors.at(predictor).squared / truth_squares;
}

QuantityErrors pooled(std::span<const QuantityErrors> quantities, std::span<const double> weights) {
  base::expects(!quantities.empty(), "something is pooled");
  base::expects(weights.empty() || weights.size() == quantities.size(), "each has its weight");
  QuantityErrors all;
  all.predictors.resize(quantities.front().predictors.size());
  for (std::size_t q = 0; q < quantities.size(); ++q) {
    const auto& one = quantities[q];
    const double weight = weights.empty() ? 1.0 : weights[q];
    all.truth_mean += weight * one.count * one.truth_mean;
    all.count += weight * one.count;
    all.truth_squares += weight * one.truth_squares;
    all.truth_absolute += weight * one.truth_absolute;
    for (std::size_t p = 0; p < all.predictors.size(); ++p) {
      all.predictors[p].squared += weight * one.predictors[p].squared;
      all.predictors[p].absolute += weight * one.predictors[p].absolute;
      all.predictors[p].plain += weight * one.predictors[p].plain;
    }
  }
  all.truth_mean /= all.count;
  return all;
}

ErrorSums::ErrorSums(const mpi::Communicator& comm, std::size_t quantities, std::size_t predictors)
    : quantities_(quantities),
      predictors_(predictors),
      fields_(truth_fields + predictors * predictor_fields),
      record_(quantities * fields_),
      means_(quantities),
      sums_(quantities * predictor_fields),
      fold_(comm, static_cast<std::int64_t>(quantities), std::vector<double>(fields_), merge) {}

void ErrorSums::add_round(std::span<const float> truth,
                          std::span<const std::vector<float>> predictions) {
  if (truth.empty()) {
    fold_.add_round({});
    return;
  }
  base::expects(predictions.size() == predictors_, "each predictor has its rows");
  add_truth(truth);
  for (std::size_t p = 0; p < predictors_; ++p) add_errors(truth, predictions[p], p);
  fold_.add_round(record_);
}

void ErrorSums::add_truth(std::span<const float> truth) {
  const std::size_t columns = truth.size() / quantities_;
  const auto rows = static_cast<double>(columns);
  std::fill(means_.begin(), means_.end(), 0.0);
  std::fill(sums_.begin(), sums_.end(), 0.0);
  for (std::size_t at = 0; at < truth.size(); at += quantities_)
    for (std::size_t q = 0; q < quantities_; ++q) means_[q] += static_cast<double>(truth[at + q]);
  for (auto& value : means_) value /= rows;
  double* const deviations = sums_.data();
  double* const sizes = sums_.data() + quantities_;
  for (std::size_t at = 0; at < truth.size(); at += quantities_)
    for (std::size_t q = 0; q < quantities_; ++q) {
      const auto value = static_cast<double>(truth[at + q]);
      deviations[q] += (value - means_[q]) * (value - means_[q]);
      sizes[q] += std::abs(value);
    }
  for (std::size_t q = 0; q < quantities_; ++q) {
    double* const record = &record_[q * fields_];
    record[count] = rows;
    record[mean] = means_[q];
    record[squares] = deviations[q];
    record[absolute_truth] = sizes[q];
  }
}

void ErrorSums::add_errors(std::span<const float> truth, std::span<const float> prediction,
                           std::size_t predictor) {
  base::expects(prediction.size() == truth.size(), "a prediction for each truth");
  std::fill(sums_.begin(), sums_.end(), 0.0);
  double* const squared_sums = sums_.data() + squared * quantities_;
  double* const absolute_sums = sums_.data() + absolute * quantities_;
  double* const plain_sums = sums_.data() + plain * quantities_;
  for (std::size_t at = 0; at < truth.size(); at += quantities_)
    for (std::size_t q = 0; q < quantities_; ++q) {
      const double error =
          static_cast<double>(prediction[at + q]) - static_cast<double>(truth[at + q]);
      squared_sums[q] += error * error;
      absolute_sums[q] += std::abs(error);
      plain_sums[q] += error;
    }
  const std::size_t first = truth_fields + predictor * predictor_fields;
  for (std::size_t q = 0; q < quantities_; ++q)
    for (std::size_t f = 0; f < predictor_fields; ++f)
      record_[q * fields_ + first + f] = sums_[f * quantities_ + q];
}

std::vector<QuantityErrors> ErrorSums::result() const {
  const auto states = fold_.result();
  std::vector<QuantityErrors> quantities(quantities_);
  for (std::size_t q = 0; q < quantities_; ++q) {
    const double* state = states.data() + q * fields_;
    quantities[q] = {state[count], state[mean], state[squares], state[absolute_truth], {}};
    for (std::size_t p = 0; p < predictors_; ++p) {
      const double* sums = state + truth_fields + p * predictor_fields;
      quantities[q].predictors.push_back({sums[squared], sums[absolute], sums[plain]});
    }
  }
  return quantities;
}

}  // namespace colonnade::train
