#pragma once

#include <colonnade/base/random.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/infer/colonnade_infer.h>
#include <colonnade/train/model_file.hpp>

#include <array>
#include <memory>
#include <string>
#include <vector>

// A small model with all that a recipe can have, and the library's handles.
namespace colonnade::test {

constexpr std::int64_t sample_levels = 5, sample_raw_width = 3 + 5 + 8, sample_outputs = 6;

inline data::RawVariable raw_variable(const std::string& name, std::vector<std::int64_t> shape,
                                      const std::string& units,
                                      std::vector<std::string> features = {}) {
  data::RawVariable variable;
  variable.name = name;
  variable.shape = std::move(shape);
  variable.dimensions.resize(variable.shape.size());
  variable.feature_units.assign(features.size(), units);
  variable.feature_names = std::move(features);
  variable.units = units;
  return variable;
}

inline std::vector<float> sample_numbers(std::size_t count, std::uint64_t index) {
  base::Random random(5, base::Purpose::test, index);
  std::vector<float> values(count);
  for (auto& value : values) value = static_cast<float>(random.normal());
  return values;
}

/// Grouped scalars, a plain profile, a grouped profile of which some levels are left out; two
/// targets; transforms on both sides.
inline train::Model sample_model() {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = {raw_variable("scalars", {3}, "1", {"albedo", "sun", "unused"}),
                   raw_variable("T", {sample_levels}, "K"),
                   raw_variable("air", {4, 2}, "kg kg-1", {"q", "cloud"}),
                   raw_variable("dT", {sample_levels}, "K s-1"), raw_variable("flux", {}, "W m-2")};
  train::Model model;
  model.recipe = data::flat_recipe(set, 3, {.select = {}, .drop = {"unused", "cloud[1:3]"}});
  data::set_transforms(model.recipe,
                       {{"q", data::Transform::parse("root4")},
                        {"sun", data::Transform::parse("log1p")},
                        {"albedo", data::Transform::parse("fill:0.5|scale:2|offset:20|log")},
                        {"dT", data::Transform::parse("scale:0.5|offset:3")},
                        {"cloud", data::Transform::parse("clip:0:1")},
                        {"flux", data::Transform::parse("root2")}});
  for (auto& array : model.recipe.arrays)
    for (std::size_t i = 0; i < array.places.size(); ++i) {
      array.encoding.offset.push_back(0.1 * static_cast<double>(i));
      array.encoding.scale.push_back(i == 2 ? 0.0 : 1.0 / static_cast<double>(3 + i));
    }
  const auto inputs = static_cast<std::int64_t>(model.recipe.array("x").places.size());
  model.shape = {{inputs, 40, 40, 33, sample_outputs}, nn::Activation::silu, true};
  model.weights = sample_numbers(nn::parameter_count(model.shape), 0);
  return model;
}

struct FreeModel {
  void operator()(colonnade_model* model) const { colonnade_model_free(model); }
};
struct FreeRunner {
  void operator()(colonnade_runner* runner) const { colonnade_runner_free(runner); }
};
using ModelHandle = std::unique_ptr<colonnade_model, FreeModel>;
using RunnerHandle = std::unique_ptr<colonnade_runner, FreeRunner>;

/// How a call of the library ended.
struct Ending {
  colonnade_status status = COLONNADE_OK;
  std::array<char, 400> text{};

  [[nodiscard]] bool tells(const std::string& word) const {
    return std::string(text.data()).find(word) != std::string::npos;
  }
};

inline ModelHandle load(const std::string& path, Ending& ending) {
  colonnade_model* model = nullptr;
  ending.status = colonnade_model_load(path.c_str(), &model, ending.text.data(), 400);
  return ModelHandle(model);
}

inline RunnerHandle runner_of(const ModelHandle& model, std::int64_t columns, Ending& ending) {
  colonnade_runner* runner = nullptr;
  ending.status = colonnade_runner_create(model.get(), columns, &runner, ending.text.data(), 400);
  return RunnerHandle(runner);
}

}  // namespace colonnade::test
