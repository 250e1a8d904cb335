#pragma once

#include <colonnade/data/prepared_writer.hpp>
#include <colonnade/io/hdf5.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// The names inside a prepared file, for its writer and its reader.
namespace colonnade::data {

constexpr const char* column_dimension = "column";
constexpr const char* recipe_name = "/colonnade/recipe";
constexpr const char* format_attribute = "colonnade_format";
constexpr const char* format_text = "prepared columns 1";

/// Dimensions of an array: the column, then those of its row.
std::vector<io::Dimension> dimensions_of(const ArrayRecipe& array, std::int64_t columns);

/// Writes all that is not rows: statistics, names, hashes, splits, recipe, provenance.
void write_metadata(io::Hdf5File& file, const Recipe& recipe, const PreparedPlan& plan,
                    std::span<const std::uint64_t> shard_hashes, const std::string& content);

}  // namespace colonnade::data
