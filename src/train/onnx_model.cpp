#include "train/onnx_graph.hpp"
#include "train/onnx_transform.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/onnx_model.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;
using data::Transform;

namespace {

/// The values as float32, which the network's neighbours compute in too.
std::vector<float> single(std::span<const double> values, const data::Encoding& encoding) {
  std::vector<float> singles;
  for (std::size_t i = 0; i < values.size(); ++i) {
    singles.push_back(static_cast<float>(values[i]));
    if (std::isfinite(singles.back())) continue;
    throw Error(ErrorKind::data, "float32 cannot hold the feature's normalisation",
                {.variable = encoding.features[i].name,
                 .value = fmt::format("{}", values[i]),
                 .hint = "prepare the columns with a --transform for it, or drop it"});
  }
  return singles;
}

/// Places [0, count).
std::vector<std::int64_t> all_of(std::size_t count) {
  std::vector<std::int64_t> places(count);
  std::iota(places.begin(), places.end(), std::int64_t{0});
  return places;
}

/// The features at `places` of the rows `x`, in their order, each through `function` of its
/// transform: those of one transform side by side meanwhile, since a grouped variable's alternate.
template <typename Function>
std::string by_transform(OnnxGraph& graph, const std::string& x,
                         const std::vector<std::int64_t>& places,
                         const std::vector<Transform>& transforms, Function function) {
  std::vector<Transform> kinds;
  std::vector<std::int64_t> sizes, order, back(places.size());
  for (const auto& transform : transforms)
    if (std::find(kinds.begin(), kinds.end(), transform) == kinds.end()) kinds.push_back(transform);
  for (const auto& kind : kinds) {
    const auto before = order.size();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!(transforms[i] == kind)) continue;
      back[i] = static_cast<std::int64_t>(order.size());
      order.push_back(places[i]);
    }
    sizes.push_back(static_cast<std::int64_t>(order.size() - before));
  }
  auto parts = graph.split(graph.gather(x, order), sizes);
  for (std::size_t k = 0; k < kinds.size(); ++k) parts[k] = function(graph, parts[k], kinds[k]);
  const auto joined = graph.concat(parts);
  return kinds.size() == 1 ? joined : graph.gather(joined, back);
}

/// The network's inputs from the raw variables. The offset is taken away in two parts: what is left
/// of a large one, such as a pressure's, keeps its digits.
std::string encoded(OnnxGraph& graph, const data::Recipe& recipe) {
  const auto& array = recipe.array("x");
  const auto& encoding = array.encoding;
  std::vector<std::string> rows;
  for (const auto& input : recipe.inputs) rows.push_back(graph.flatten(input.name));
  const auto raw = graph.concat(rows);
  const auto x = by_transform(graph, raw, array.places, encoding.transforms, applied);
  std::vector<double> rest(encoding.width()), inverse(encoding.width());
  const auto offset = single(encoding.offset, encoding);
  for (std::size_t i = 0; i < encoding.width(); ++i) {
    rest[i] = encoding.offset[i] - static_cast<double>(offset[i]);
    inverse[i] = encoding.scale[i] == 0.0 ? 0.0 : 1.0 / encoding.scale[i];
  }
  const auto near = graph.node("Sub", {x, graph.row("x_offset", offset)});
  const auto centred =
      graph.node("Sub", {near, graph.row("x_offset_rest", single(rest, encoding))});
  return graph.node("Mul", {centred, graph.row("x_inverse_scale", single(inverse, encoding))});
}

std::string activated(OnnxGraph& graph, const std::string& x, nn::Activation activation) {
  switch (activation) {
    case nn::Activation::silu:
      return graph.node("Mul", {x, graph.node("Sigmoid", {x})});
    case nn::Activation::relu:
      return graph.node("Relu", {x});
    case nn::Activation::tanh:
      return graph.node("Tanh", {x});
    case nn::Activation::gelu: {
      const auto scaled = graph.node("Mul", {x, graph.scalar(static_cast<float>(std::sqrt(0.5)))});
      const auto twice_phi = graph.node("Add", {graph.node("Erf", {scaled}), graph.scalar(1.0F)});
      return graph.node("Mul", {graph.node("Mul", {x, graph.scalar(0.5F)}), twice_phi});
    }
  }
  return x;
}

std::string network(OnnxGraph& graph, std::string x, const Model& model) {
  const auto layers = nn::layers(model.shape);
  const std::span weights(model.weights);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto& layer = layers[l];
    const auto size = static_cast<std::size_t>(layer.in * layer.out);
    const auto name = fmt::format("layer{}", l + 1);
    const auto input = x;
    x = graph.layer(
        x,
        graph.matrix(name + ".weight", layer.out, layer.in,
                     weights.subspan(layer.weight_offset, size)),
        graph.row(name + ".bias",
                  weights.subspan(layer.bias_offset, static_cast<std::size_t>(layer.out))));
    if (l + 1 < layers.size()) x = activated(graph, x, model.shape.activation);
    if (layer.adds_input) x = graph.node("Add", {x, input});
  }
  return x;
}

std::string decoded(OnnxGraph& graph, const std::string& y, const data::Encoding& encoding) {
  const auto scaled =
      graph.node("Mul", {y, graph.row("y_scale", single(encoding.scale, encoding))});
  const auto shifted =
      graph.node("Add", {scaled, graph.row("y_offset", single(encoding.offset, encoding))});
  return by_transform(graph, shifted, all_of(encoding.width()), encoding.transforms, inverted);
}

/// What a variable is, in a sentence.
std::string about(const data::RawVariable& variable, const std::string& column_dim) {
  std::string dimensions = column_dim;
  for (const auto& name : variable.dimensions)
    dimensions.append(", ").append(name.empty() ? "?" : name);
  return fmt::format("{} ({}){}{}", variable.name, dimensions,
                     variable.long_name.empty() ? "" : ": " + variable.long_name,
                     variable.units.empty() ? "" : ", in " + variable.units);
}

void take_inputs(OnnxGraph& graph, const data::Recipe& recipe) {
  for (const auto& input : recipe.inputs)
    graph.input(input.name, input.shape, about(input, recipe.column_dim));
}

void give_targets(OnnxGraph& graph, const std::string& y, const data::Recipe& recipe) {
  std::vector<std::int64_t> widths;
  for (const auto& target : recipe.targets) widths.push_back(target.width());
  const auto parts = graph.split(y, widths);
  for (std::size_t t = 0; t < parts.size(); ++t) {
    const auto& target = recipe.targets[t];
    const bool is_input = std::any_of(recipe.inputs.begin(), recipe.inputs.end(),
                                      [&](const auto& input) { return input.name == target.name; });
    graph.output(is_input ? target.name + "_predicted" : target.name, parts[t], target.shape,
                 about(target, recipe.column_dim));
  }
}

void give_probabilities(OnnxGraph& graph, const std::string& logits, const data::Recipe& recipe) {
  const bool is_one = recipe.classes->kind == data::Classes::Kind::one;
  graph.output(data::probability_name(recipe), graph.node(is_one ? "Softmax" : "Sigmoid", {logits}),
               {static_cast<std::int64_t>(recipe.classes->classes.size())},
               fmt::format("probability of the classes of {} ({}, class), named by target_name",
                           recipe.targets.front().name, recipe.column_dim));
}

void describe_features(OnnxGraph& graph, const std::string& side,
                       const std::vector<data::Feature>& features,
                       const std::vector<data::RawVariable>& variables) {
  auto names = nlohmann::json::array(), units = nlohmann::json::array();
  for (const auto& feature : features) {
    names.push_back(feature.name);
    units.push_back(feature.units);
  }
  graph.describe(side + "_name", names.dump());
  graph.describe(side + "_units", units.dump());
  nlohmann::ordered_json raw;
  for (const auto& variable : variables)
    raw[variable.name] = {{"dimensions", variable.dimensions},
                          {"shape", variable.shape},
                          {"units", variable.units},
                          {"long_name", variable.long_name},
                          {"feature_name", variable.feature_names},
                          {"feature_units", variable.feature_units}};
  graph.describe(side + "_variables", raw.dump());
}

}  // namespace

std::string onnx_model(const Model& model, const std::string& versions) {
  base::expects(model.recipe.layout == "flat", "networks take the flat layout");
  const auto& recipe = model.recipe;
  const auto& targets = recipe.array("y").encoding;
  OnnxGraph graph(onnx_opset, recipe.column_dim);
  take_inputs(graph, recipe);
  const auto y = network(graph, encoded(graph, recipe), model);
  if (recipe.classes)
    give_probabilities(graph, y, recipe);
  else
    give_targets(graph, decoded(graph, y, targets), recipe);
  describe_features(graph, "feature", recipe.array("x").encoding.features, recipe.inputs);
  describe_features(graph, "target", targets.features, recipe.targets);
  graph.describe("provenance", model.provenance);
  graph.describe("weights_hash",
                 base::hex(base::hash_values(std::span<const float>(model.weights))));
  graph.describe("versions", versions);
  return graph.bytes();
}

}  // namespace colonnade::train
