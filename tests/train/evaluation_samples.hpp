#pragma once

#include <colonnade/base/random.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/train/evaluation.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Columns and a linear model to evaluate on them.
namespace colonnade::train::samples {

// Pieces have 1024 columns: three pieces of the test split, the last one short.
inline constexpr mpi::Range training{0, 1500}, validation{1500, 1700}, test{1700, 4300};
inline constexpr std::size_t half_levels = 4, inputs = 6, outputs = 9;

inline double uniform(std::int64_t column, std::size_t place) {
  return base::Random(8, base::Purpose::test, static_cast<std::uint64_t>(column) * 100 + place)
      .uniform(-1, 1);
}

inline double encoded_input(std::int64_t column, std::size_t i) {
  return i == 5 ? 0.0 : uniform(column, i);
}

inline double encoded_target(std::int64_t column, std::size_t o) {
  return 0.8 * encoded_input(column, o % 5) + 0.3 * uniform(column, 50 + o);
}

inline ColumnSource source() {
  const auto read = [](const std::string& array, mpi::Range columns, std::span<float> rows) {
    const std::size_t width = array == "x" ? inputs : outputs;
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(columns.size()) * width);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const std::int64_t column = columns.begin + static_cast<std::int64_t>(at / width);
      rows[at] = static_cast<float>(array == "x" ? encoded_input(column, at % width)
                                                 : encoded_target(column, at % width));
    }
  };
  return {inputs, outputs, training, validation, read};
}

inline data::RawVariable variable(const std::string& name, std::vector<std::int64_t> shape,
                                  const std::string& units) {
  data::RawVariable made;
  made.name = name;
  made.shape = std::move(shape);
  made.dimensions.assign(made.shape.size(), "half_level");
  made.units = units;
  return made;
}

/// Pressures rise with the level; the rain is stored as its square root.
inline data::Recipe recipe() {
  data::RawSet set;
  set.column_dim = "column";
  set.variables = {variable("pressure_hl", {half_levels}, "Pa"), variable("q", {2}, "kg kg-1"),
                   variable("flux_dn_sw", {half_levels}, "W m-2"),
                   variable("flux_up_sw", {half_levels}, "W m-2"), variable("rain", {}, "mm")};
  auto made = data::flat_recipe(set, 2, {});
  data::set_transforms(made, {{"rain", data::Transform::parse("root2")}});
  for (auto& array : made.arrays) {
    auto& encoding = array.encoding;
    for (std::size_t i = 0; i < encoding.width(); ++i) {
      const bool constant = array.name == "x" && i == 5;
      encoding.offset.push_back(array.name == "x" ? 1000.0 * static_cast<double>(i) : 2.0);
      encoding.scale.push_back(constant ? 0.0 : 3.0);
      encoding.statistics.count.push_back(training.size());
      encoding.statistics.mean.push_back(encoding.offset[i]);
      encoding.statistics.std.push_back(encoding.scale[i]);
      encoding.statistics.min.push_back(encoding.offset[i] - encoding.scale[i]);
      encoding.statistics.max.push_back(encoding.offset[i] + encoding.scale[i]);
    }
  }
  return made;
}

/// A network without hidden layers: output o is slope(o) times input o % 5, plus 0.1.
inline double slope(std::size_t o) {
  return 0.7 + 0.01 * static_cast<double>(o);
}

inline Model model() {
  Model made;
  made.shape = {{inputs, outputs}, nn::Activation::relu};
  made.recipe = recipe();
  made.weights.resize(nn::parameter_count(made.shape));
  const auto layer = nn::layers(made.shape).front();
  for (std::size_t o = 0; o < outputs; ++o) {
    made.weights[layer.weight_offset + o * inputs + o % 5] = static_cast<float>(slope(o));
    made.weights[layer.bias_offset + o] = 0.1F;
  }
  return made;
}

inline Evaluation evaluation_on(MPI_Comm comm, int threads, const Model& of = model()) {
  EvaluationOptions options;
  options.threads = threads;
  options.bootstrap.replicates = 50;
  options.places = 70;
  return evaluate(mpi::Communicator(comm), of, source(), test, options, {});
}

}  // namespace colonnade::train::samples
