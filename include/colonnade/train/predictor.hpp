#pragma once

#include <colonnade/base/aligned.hpp>
#include <colonnade/data/feature.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/nn/kernel.hpp>
#include <colonnade/train/team.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace colonnade::train {

/// Runs a network over encoded rows with all threads of a rank.
///
/// Rows go through in micro-batches of a fixed number of columns, each computed by one thread, the
/// last one padded with zeros: a column's outputs have the same bits on any number of threads and
/// in any place among the columns.
class Predictor {
 public:
  /// Columns of a micro-batch.
  static constexpr std::int64_t micro_batch = nn::prediction_batch;

  /// `weights` and `team` must outlive the predictor. Throws base::Error if `shape` is not one.
  Predictor(const nn::MlpShape& shape, std::span<const float> weights, Team& team);

  /// Writes the encoded inputs (columns, inputs) of some columns, of which `first` is the first.
  using Fill = std::function<void(std::int64_t first, std::span<float> rows)>;
  /// Takes the encoded outputs (columns, outputs) of the same columns.
  using Take = std::function<void(std::int64_t first, std::span<const float> rows)>;

  /// Fills, computes and takes micro-batch after micro-batch, while it lies in the cache, in the
  /// threads of the team. Throws the error of the first micro-batch that fails.
  void run(std::int64_t columns, const Fill& fill, const Take& take);

  /// Writes the outputs (columns, outputs) for `x` (columns, inputs), both encoded and row-major.
  void run(std::span<const float> x, std::span<float> y);

 private:
  struct Member {
    nn::MlpKernel kernel;
    base::AlignedBuffer<float> x;
  };

  std::size_t inputs_, outputs_;
  Team& team_;
  std::vector<std::optional<Member>> members_;
};

/// Writes the predictions in physical units, or the classes' probabilities, for raw rows of
/// `raw_width` values, the first of which is `first_column`, to `y` (columns, targets). Throws a
/// data error that names the first input and column where a value that the network reads is missing
/// (NaN), or its transform gives no finite number; else as expect_finite does.
void predict_rows(Predictor& predictor, const data::Recipe& recipe, std::span<const float> raw,
                  std::size_t raw_width, std::int64_t first_column, std::span<float> y);

/// Throws a numeric error that names the first target and column (the first row being
/// `first_column`) whose prediction is not finite.
void expect_finite(std::span<const float> rows, const std::vector<data::Feature>& targets,
                   std::int64_t first_column);

}  // namespace colonnade::train
