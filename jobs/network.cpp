#include "network.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace colonnade::jobs {

std::vector<app::Option> network_options() {
  return {
      {.name = "hidden",
       .value_name = "N,N,...",
       .fallback = "512,512,512",
       .help = "widths of the hidden layers; 0 for none: a linear model",
       .least = 0.0},
      {.name = "residual",
       .help = "a hidden layer as wide as the hidden layer below it adds that one's values to "
               "its own: deep networks learn better"},
      {.name = "batch-norm",
       .help = "normalise what a hidden layer activates by its mean and variance over the "
               "micro-batch (of 32 columns and more, better), and learn a factor and an offset. "
               "Validation and models take the running means, 0.9 of the old ones a step, folded "
               "into the weights: model.h5 holds a network without"},
      {.name = "dropout",
       .value_name = "X",
       .fallback = "0",
       .help = "training sets this part of the hidden layers' activated values (before residual "
               "inputs are added) to zero and multiplies the others by 1/(1-X); X counts in steps "
               "of 1/65536. With it, or batch-norm, bf16 goes through oneDNN on AMX too, which is "
               "slower than the program's own tiles",
       .least = 0.0,
       .most = 0.99},
      {.name = "precision",
       .value_name = "fp32|bf16|auto",
       .fallback = "fp32",
       .help = "of the matrix products' operands; sums, weights and optimiser stay fp32. auto: "
               "bf16 where the processors of all ranks multiply in it"},
      {.name = "batch",
       .value_name = "N",
       .fallback = "1024",
       .help = "columns of a step",
       .least = 1.0},
      {.name = "micro-batch",
       .value_name = "N",
       .fallback = "256",
       .help = "columns that one thread computes at a time; batch / micro-batch is the largest "
               "number of threads, over all ranks, that can share a step. In bf16 on processors "
               "with AMX a multiple of 16 is fastest, and so are inputs in multiples of 32",
       .least = 1.0}};
}

namespace {

/// Of options that change hidden layers.
void expect_hidden_layers(const nn::MlpShape& shape, const app::Arguments& arguments) {
  const auto refuse = [](const char* sentence, std::string value, const char* hint) {
    throw base::Error(base::ErrorKind::usage, sentence, {.value = std::move(value), .hint = hint});
  };
  if (shape.widths.size() == 2 && (shape.has_batch_norm || shape.dropout > 0.0))
    refuse("--batch-norm and --dropout want a hidden layer", "--hidden 0",
           "as in --hidden 512,512,512");
  if (shape.has_batch_norm && arguments.integer("micro-batch") < 2)
    refuse("--batch-norm wants micro-batches of several columns",
           "--micro-batch " + arguments.text("micro-batch"), "32 and more are best");
}

}  // namespace

nn::MlpShape shape_from(const app::Arguments& arguments, const train::ColumnSource& source) {
  std::vector<std::int64_t> widths{source.inputs};
  const auto hidden = arguments.integers("hidden");
  if (hidden != std::vector<std::int64_t>{0})
    widths.insert(widths.end(), hidden.begin(), hidden.end());
  widths.push_back(source.outputs);
  // MPI counts them in 32 bits.
  constexpr double most_parameters = 0x1p31 - 1.0;
  double parameters = 0.0;
  const double of_norm = arguments.flag("batch-norm") ? 4.0 : 0.0;
  for (std::size_t i = 1; i < widths.size(); ++i)
    parameters +=
        (static_cast<double>(widths[i - 1]) + 1.0 + of_norm) * static_cast<double>(widths[i]);
  if (parameters > most_parameters)
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("--hidden makes a network of {:.3g} parameters", parameters),
                      {.value = arguments.text("hidden"),
                       .hint = fmt::format("at most {:.3g}", most_parameters)});
  nn::MlpShape shape{.widths = std::move(widths),
                     .is_residual = arguments.flag("residual"),
                     .has_batch_norm = arguments.flag("batch-norm"),
                     .dropout = arguments.real("dropout")};
  expect_hidden_layers(shape, arguments);
  const auto layers = nn::layers(shape);
  if (shape.is_residual && std::none_of(layers.begin(), layers.end(),
                                        [](const auto& layer) { return layer.adds_input; }))
    throw base::Error(
        base::ErrorKind::usage, "--residual wants neighbouring hidden layers of equal width",
        {.value = "--hidden " + arguments.text("hidden"), .hint = "as in --hidden 512,512,512"});
  return shape;
}

nn::Precision precision_from(const app::Arguments& arguments, bool all_have_bf16) {
  const std::string& name = arguments.text("precision");
  if (name == "auto") return all_have_bf16 ? nn::Precision::bf16 : nn::Precision::fp32;
  const nn::Precision precision = nn::precision_from_name(name);
  if (precision == nn::Precision::bf16 && !all_have_bf16)
    throw base::Error(base::ErrorKind::usage, "this processor does not multiply in bf16",
                      {.value = nn::instruction_set(),
                       .hint = "use --precision auto, or processors with avx512_bf16 or AMX"});
  return precision;
}

}  // namespace colonnade::jobs
