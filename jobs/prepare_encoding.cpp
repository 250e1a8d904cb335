#include "prepare_encoding.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace colonnade::jobs {

using app::Arguments;
using data::Classes;
using data::ClassRequest;
using data::Normalisation;
using data::PrepareOptions;

std::vector<app::Option> encoding_options() {
  return {
      {.name = "transform",
       .value_name = "NAME=TRANSFORM...",
       .help = "as in \"q_liquid=root4 reflectance=scale:0.00025|clip:0:1\""},
      {.name = "classes",
       .value_name = "CLASSES",
       .help = "the only target tells which one of these classes a column is of: by one value, or "
               "by a 0 or 1 for each class; as in \"clear: 100, cloud: 200..245 250, rest: *\""},
      {.name = "labels",
       .value_name = "LABELS",
       .help = "the same for any number of labels a column: the target lists their numbers, filled "
               "up with missing values, or has a 0 or 1 for each label"},
      {.name = "normalize",
       .value_name = "zscore|minmax|none",
       .fallback = "zscore",
       .help = "of the transformed values"},
      {.name = "input-norm",
       .value_name = "KEY=FILE...",
       .help = "published numbers instead, of each input by its name, as in \"mean=FILE min=FILE "
               "max=FILE\": (value - mean) / (max - min), as ClimSim has it; or mean and std; or "
               "scale: value * scale; 0 where there is nothing to divide by"},
      {.name = "target-norm",
       .value_name = "KEY=FILE...",
       .help = "the same for the targets, as in scale=FILE"},
      {.name = "input-scale",
       .value_name = "level|variable",
       .fallback = "level",
       .help = "one scale for each input value, or one for all levels of an input variable: "
               "levels count by how much they change"},
      {.name = "input-weights",
       .value_name = "NAME=W,...",
       .help = "factors above 0 of normalised inputs, as in overlap_param=0.05,q[0:60]=0.5; "
               "with --weight-decay, training learns less from what has a smaller one"},
      {.name = "target-scale",
       .value_name = "level|variable",
       .fallback = "level",
       .help = "one scale for each target value, or one for all levels of a target variable"}};
}

namespace {

void take_norm(const Arguments& arguments, const std::string& side,
               data::PublishedNorm::Files& files) {
  const auto norm = side + "-norm", scale = side + "-scale";
  if (!arguments.has(norm)) return;
  if (arguments.given(scale))
    throw base::Error(base::ErrorKind::usage,
                      fmt::format("--{} and --{} contradict each other", norm, scale),
                      {.hint = "leave one of them out"});
  files = data::PublishedNorm::parse(arguments.text(norm), "--" + norm);
}

}  // namespace

void take_encoding(const Arguments& arguments, PrepareOptions& options) {
  if (arguments.has("transform"))
    options.transforms = data::parse_transforms(arguments.text("transform"));
  if (arguments.has("classes") && arguments.has("labels"))
    throw base::Error(base::ErrorKind::usage, "--classes and --labels contradict each other",
                      {.hint = "one class a column wants --classes, several --labels"});
  if (arguments.has("classes"))
    options.classes = ClassRequest::parse(arguments.text("classes"), Classes::Kind::one);
  if (arguments.has("labels"))
    options.classes = ClassRequest::parse(arguments.text("labels"), Classes::Kind::many);
  options.normalisation =
      arguments.choice<Normalisation>("normalize", {{"zscore", Normalisation::zscore},
                                                    {"minmax", Normalisation::minmax},
                                                    {"none", Normalisation::none}});
  take_norm(arguments, "input", options.input_norm);
  take_norm(arguments, "target", options.target_norm);
  options.one_scale_per_input = arguments.text("input-scale") == "variable";
  if (arguments.has("input-weights"))
    options.input_weights =
        data::parse_factors(arguments.texts("input-weights"), "--input-weights");
  for (const auto& [pattern, factor] : options.input_weights)
    if (factor == 0.0)
      throw base::Error(base::ErrorKind::usage, "--input-weights are above 0",
                        {.hint = "leave features out with --drop"});
  options.one_scale_per_target = arguments.text("target-scale") == "variable";
}

void print_classes(const data::PrepareReport& report) {
  if (!report.recipe.classes) return;
  std::size_t width = 7;
  for (const auto& one : report.recipe.classes->classes) width = std::max(width, one.name.size());
  fmt::print("{:<{}}", "classes", width);
  for (const auto& split : report.splits) fmt::print(" {:>12}", split.name);
  fmt::print("\n");
  for (std::size_t c = 0; c < report.recipe.classes->classes.size(); ++c) {
    fmt::print("{:<{}}", report.recipe.classes->classes[c].name, width);
    for (const auto& counts : report.class_counts) fmt::print(" {:>12}", counts[c]);
    fmt::print("\n");
  }
}

}  // namespace colonnade::jobs
