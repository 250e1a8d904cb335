#include "data/prepared_format.hpp"

namespace colonnade::data {

using io::Dimension;
using io::Hdf5File;

namespace {

/// "feature" and "target" are the last dimensions of x and y; those of edge are its own.
std::string kind_of(const ArrayRecipe& array) {
  if (array.name == "x") return "feature";
  if (array.name == "y") return "target";
  return array.name + "_feature";
}

std::vector<Dimension> row_dimensions(const ArrayRecipe& array) {
  std::vector<Dimension> dimensions;
  if (array.shape.size() == 2) {
    const char* vertical = array.name == "edge" ? "level" : "half_level";
    dimensions.push_back({vertical, array.shape.front()});
  }
  dimensions.push_back({kind_of(array), array.shape.back()});
  return dimensions;
}

void write_statistics(Hdf5File& file, const ArrayRecipe& array) {
  const auto dimensions = row_dimensions(array);
  const auto& statistics = array.encoding.statistics;
  const auto write = [&](const char* suffix, const auto& values, const char* meaning) {
    const std::string name = array.name + "_" + suffix;
    using Value = std::remove_cvref_t<decltype(values.front())>;
    file.write_all<Value>(name, dimensions, values);
    file.set_attribute(name, "long_name", meaning);
  };
  write("count", statistics.count, "columns of the training split that were counted");
  write("mean", statistics.mean, "mean over the training split, after the transforms");
  write("std", statistics.std, "standard deviation (divisor: count), after the transforms");
  write("min", statistics.min, "minimum over the training split, after the transforms");
  write("max", statistics.max, "maximum over the training split, after the transforms");
  write("offset", array.encoding.offset, "stored value = (transformed value - offset) / scale");
  write("scale", array.encoding.scale,
        "stored value = (transformed value - offset) / scale; 0: never changes, stored as 0");
}

void write_names(Hdf5File& file, const ArrayRecipe& array) {
  const std::string kind = kind_of(array);
  const Dimension dimension{kind, array.shape.back()};
  std::vector<std::string> names, units;
  std::vector<std::int64_t> levels;
  for (std::size_t i = 0; i < static_cast<std::size_t>(dimension.length); ++i) {
    const auto& feature = array.encoding.features[i];
    names.push_back(array.shape.size() == 1 ? feature.name : feature.variable);
    units.push_back(feature.units);
    levels.push_back(feature.level);
  }
  file.write_texts(kind + "_name", dimension, names);
  file.write_texts(kind + "_units", dimension, units);
  if (array.shape.size() == 1) {
    file.write_all<std::int64_t>(kind + "_level", {dimension}, levels);
    file.set_attribute(kind + "_level", "long_name",
                       "index along the vertical, from 0; -1 for a scalar");
  }
}

void write_groups(Hdf5File& file, const Groups& groups) {
  if (groups.empty()) return;
  const Dimension runs{"group_run", static_cast<std::int64_t>(groups.ids().size())};
  file.write_all<std::int64_t>(group_begin_name, {runs}, groups.begins());
  file.write_all<std::int64_t>(group_id_name, {runs}, groups.ids());
  file.set_attribute(group_begin_name, "long_name",
                     "first column, by source_column, of a run of columns of one group");
  file.set_attribute(group_id_name, "long_name", "the run's group, which no split parts");
  const std::int64_t columns = groups.columns();
  file.set_attribute("", raw_columns_attribute, std::span(&columns, 1));
}

}  // namespace

std::vector<Dimension> dimensions_of(const ArrayRecipe& array, std::int64_t columns) {
  std::vector<Dimension> dimensions{{column_dimension, columns}};
  for (auto& dimension : row_dimensions(array)) dimensions.push_back(std::move(dimension));
  return dimensions;
}

void write_metadata(Hdf5File& file, const Recipe& recipe, const PreparedPlan& plan,
                    std::span<const std::uint64_t> shard_hashes, const std::string& content) {
  for (const auto& array : recipe.arrays) {
    write_statistics(file, array);
    write_names(file, array);
    file.set_attribute(array.name, "long_name",
                       array.name == "y" ? "targets, transformed and normalised"
                                         : "inputs, transformed and normalised");
    file.set_attribute(array.name, "units", "1");
    file.set_attribute(hash_name(array.name), "long_name",
                       "XXH3 hash of the row, seeded with array, column and source_column");
  }
  file.set_attribute("source_column", "long_name", "index of the column in the raw set, from 0");
  file.write_all<std::uint64_t>(
      "shard_hash", {{"shard", static_cast<std::int64_t>(shard_hashes.size())}}, shard_hashes);
  file.set_attribute("shard_hash", "long_name",
                     "sum of the hashes of the shard's rows, modulo 2^64");
  file.write_text(recipe_name, recipe.text());
  file.set_attribute("", "Conventions", "CF-1.8");
  file.set_attribute("", format_attribute, format_text);
  file.set_attribute("", "layout", recipe.layout);
  file.set_attribute("", "content", content);
  const std::int64_t shard = plan.shard_columns;
  file.set_attribute("", "shard_columns", std::span(&shard, 1));
  for (const auto& split : plan.splits) {
    const std::array<std::int64_t, 2> range{split.columns.begin, split.columns.end};
    file.set_attribute("", "split_" + split.name, range);
  }
  write_groups(file, plan.groups);
  for (const auto& [name, text] : plan.provenance) file.set_attribute("", name, text);
}

void seal_all_but_columns(const std::string& path, const Recipe& recipe) {
  std::vector<io::Stretch> bulk;
  {
    const Hdf5File file = Hdf5File::open(path);
    const auto add = [&](const std::string& name) {
      const auto stretches = file.stretches(name);
      bulk.insert(bulk.end(), stretches.begin(), stretches.end());
    };
    add("source_column");
    for (const auto& array : recipe.arrays)
      for (const auto& name : {array.name, hash_name(array.name)}) add(name);
  }
  io::seal(path, std::move(bulk));
}

}  // namespace colonnade::data
