#pragma once

#include <colonnade/base/random.hpp>
#include <colonnade/mpi/partition.hpp>
#include <colonnade/train/model_file.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Columns of classes, and a model whose outputs are its inputs: the logits are known exactly.
namespace colonnade::train::samples {

using Kind = data::Classes::Kind;

// Pieces have 1024 columns: three pieces of the test split, the last one short.
inline constexpr mpi::Range class_training{0, 1500}, class_validation{1500, 1600},
    class_test{1600, 4200};
inline constexpr std::size_t class_count = 5;

inline double noise(std::int64_t column, std::size_t place) {
  return base::Random(9, base::Purpose::test, static_cast<std::uint64_t>(column) * 100 + place)
      .uniform();
}

/// One of many: class 4 is rare, class 0 in half of the columns. Many: each class by itself.
inline bool belongs(Kind kind, std::int64_t column, std::size_t c) {
  constexpr double bounds[]{0.5, 0.75, 0.9, 0.99, 1.0};
  if (kind == Kind::many)
    return noise(column, c) < (c == 4 ? 0.01 : 0.1 + 0.2 * static_cast<double>(c));
  const double place = noise(column, 0);
  const auto is = std::upper_bound(bounds, bounds + class_count, place) - bounds;
  return static_cast<std::size_t>(is) == c;
}

/// In quarters in every fourth column, so that many scores are equal. Class 4 is never predicted.
inline float logit(Kind kind, std::int64_t column, std::size_t c) {
  const double z = 3.0 * (belongs(kind, column, c) ? 1.0 : 0.0) - 1.5 +
                   6.0 * (noise(column, 20 + c) - 0.5) - (c == 4 ? 9.0 : 0.0);
  return static_cast<float>(column % 4 == 0 ? static_cast<int>(4.0 * z) / 4.0 : z);
}

inline data::Recipe class_recipe(Kind kind) {
  data::Recipe recipe;
  recipe.layout = "flat";
  recipe.column_dim = "column";
  recipe.inputs.resize(1);
  recipe.inputs[0].name = "z";
  recipe.inputs[0].shape = {class_count};
  recipe.inputs[0].dimensions = {"band"};
  recipe.targets.resize(1);
  recipe.targets[0].name = "surface";
  recipe.arrays = {{"x", {class_count}, {}, {}}, {"y", {class_count}, {}, {}}};
  recipe.classes = data::Classes{.kind = kind};
  for (auto& array : recipe.arrays)
    for (std::size_t c = 0; c < class_count; ++c) {
      const auto level = static_cast<std::int64_t>(c);
      const bool is_input = array.name == "x";
      const auto name = is_input ? "z[" + std::to_string(c) + "]" : "class_" + std::to_string(c);
      array.places.push_back(level);
      auto& encoding = array.encoding;
      encoding.features.push_back({name, is_input ? "z" : "surface", "1", is_input ? level : -1});
      encoding.transforms.push_back(data::Transform::parse("identity"));
      encoding.offset.push_back(0.0);
      encoding.scale.push_back(1.0);
      double mean = 0.0;
      for (auto column = class_training.begin; column < class_training.end; ++column)
        mean +=
            (is_input ? static_cast<double>(logit(kind, column, c)) : belongs(kind, column, c)) /
            static_cast<double>(class_training.size());
      encoding.statistics.count.push_back(class_training.size());
      encoding.statistics.mean.push_back(mean);
      encoding.statistics.std.push_back(1.0);
      encoding.statistics.min.push_back(-1.0);
      encoding.statistics.max.push_back(1.0);
      if (!is_input)
        recipe.classes->classes.push_back(
            {name, {{static_cast<double>(c), static_cast<double>(c)}}});
    }
  return recipe;
}

inline Model class_model(Kind kind) {
  Model model;
  model.shape = {{class_count, class_count}, nn::Activation::relu};
  model.recipe = class_recipe(kind);
  model.weights.resize(nn::parameter_count(model.shape));
  const auto layer = nn::layers(model.shape).front();
  for (std::size_t c = 0; c < class_count; ++c)
    model.weights[layer.weight_offset + c * class_count + c] = 1.0F;
  model.provenance = "{}";
  return model;
}

}  // namespace colonnade::train::samples
