#include <colonnade/base/error.hpp>
#include <colonnade/base/finite.hpp>
#include <colonnade/data/row_gather.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/class_probability.hpp>
#include <colonnade/train/predictor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace colonnade::train {

Predictor::Predictor(const nn::MlpShape& shape, std::span<const float> weights, Team& team)
    : inputs_(static_cast<std::size_t>(shape.inputs())),
      outputs_(static_cast<std::size_t>(shape.outputs())),
      team_(team),
      members_(static_cast<std::size_t>(team.size())) {
  const auto error = team_.run([&](int member) {
    auto& mine = members_[static_cast<std::size_t>(member)];
    mine.emplace(
        Member{nn::MlpKernel(shape, micro_batch, nn::KernelUse::inference),
               base::AlignedBuffer<float>(static_cast<std::size_t>(micro_batch) * inputs_)});
    mine->kernel.set_weights(weights);
  });
  if (error) throw *error;
}

void Predictor::run(std::int64_t columns, const Fill& fill, const Take& take) {
  const auto error = team_.run([&](int member) {
    auto& mine = *members_[static_cast<std::size_t>(member)];
    const mpi::Range batches = mpi::share(mpi::pieces(columns, micro_batch), team_.size(), member);
    for (std::int64_t b = batches.begin; b < batches.end; ++b) {
      const std::int64_t first = b * micro_batch;
      const auto count = static_cast<std::size_t>(std::min(micro_batch, columns - first));
      const auto rows = mine.x.span().first(count * inputs_);
      fill(first, rows);
      std::fill(rows.data() + rows.size(), mine.x.span().data() + mine.x.size(), 0.0F);
      take(first, {mine.kernel.forward(mine.x.data()), count * outputs_});
    }
  });
  if (error) throw *error;
}

void Predictor::run(std::span<const float> x, std::span<float> y) {
  const std::size_t columns = x.size() / inputs_;
  base::expects(x.size() == columns * inputs_ && y.size() == columns * outputs_,
                "rows of inputs and of outputs are equally many");
  const auto at = [](std::int64_t first, std::size_t width) {
    return static_cast<std::size_t>(first) * width;
  };
  run(
      static_cast<std::int64_t>(columns),
      [&](std::int64_t first, std::span<float> rows) {
        std::copy_n(x.data() + at(first, inputs_), rows.size(), rows.begin());
      },
      [&](std::int64_t first, std::span<const float> rows) {
        std::copy(rows.begin(), rows.end(), y.data() + at(first, outputs_));
      });
}

namespace {

/// A network may make a finite number even of NaN: its activations take it for 0.
void expect_finite_inputs(std::span<const float> rows, const data::ArrayRecipe& inputs,
                          std::span<const float> raw, std::size_t raw_width,
                          std::int64_t first_column) {
  if (base::all_finite(rows)) return;
  const auto found =
      std::find_if(rows.begin(), rows.end(), [](float value) { return !std::isfinite(value); });
  const auto at = static_cast<std::size_t>(found - rows.begin());
  const std::size_t width = inputs.places.size(), row = at / width, feature = at % width;
  const float value = raw[row * raw_width + static_cast<std::size_t>(inputs.places[feature])];
  const auto column = first_column + static_cast<std::int64_t>(row);
  if (std::isnan(value))
    throw base::Error(
        base::ErrorKind::data, "missing value",
        {.variable = inputs.encoding.features[feature].name,
         .column = column,
         .hint = "use --missing fill=VALUE, or leave these columns out of the files"});
  float transformed = value;
  inputs.encoding.transforms[feature].apply(&transformed, 1);
  if (std::isfinite(transformed))
    throw base::Error(base::ErrorKind::data, "the normalised input is no finite number",
                      {.variable = inputs.encoding.features[feature].name,
                       .column = column,
                       .value = fmt::format("{}", value),
                       .hint = "look for values far outside those of the training data"});
  throw data::transform_error(inputs.encoding, feature, value, transformed,
                              {.column = column,
                               .hint = "correct the input, or prepare with a clip before the "
                                       "transform and train anew"});
}

}  // namespace

void predict_rows(Predictor& predictor, const data::Recipe& recipe, std::span<const float> raw,
                  std::size_t raw_width, std::int64_t first_column, std::span<float> y) {
  const auto& inputs = recipe.array("x");
  const auto& targets = recipe.array("y").encoding;
  const data::RowGather gather(inputs.places);
  const data::RowEncoder encoder(inputs.encoding);
  const auto encode = [&](std::int64_t first, std::span<float> rows) {
    const auto mine = raw.subspan(static_cast<std::size_t>(first) * raw_width);
    encoder.encode(gather, mine, raw_width, rows);
    expect_finite_inputs(rows, inputs, mine, raw_width, first_column + first);
  };
  const auto decode = [&](std::int64_t first, std::span<const float> rows) {
    const auto mine = y.subspan(static_cast<std::size_t>(first) * targets.width(), rows.size());
    std::copy(rows.begin(), rows.end(), mine.begin());
    if (!recipe.classes) targets.decode_rows(mine);
    expect_finite(mine, targets.features, first_column + first);
    if (recipe.classes) to_probabilities(recipe.classes->kind, targets.width(), mine);
  };
  predictor.run(static_cast<std::int64_t>(raw.size() / raw_width), encode, decode);
}

void expect_finite(std::span<const float> rows, const std::vector<data::Feature>& targets,
                   std::int64_t first_column) {
  if (base::all_finite(rows)) return;
  const auto found =
      std::find_if(rows.begin(), rows.end(), [](float value) { return !std::isfinite(value); });
  const auto at = static_cast<std::size_t>(found - rows.begin());
  throw base::Error(
      base::ErrorKind::numeric, "the prediction is not a finite number",
      {.variable = targets[at % targets.size()].name,
       .column = first_column + static_cast<std::int64_t>(at / targets.size()),
       .value = fmt::format("{}", *found),
       .hint = "look for inputs far outside those of the training data, or train again"});
}

}  // namespace colonnade::train
