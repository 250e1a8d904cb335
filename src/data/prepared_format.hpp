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

/// The dataset of the hashes of an array's rows.
inline std::string hash_name(const std::string& array) {
  return array + "_hash";
}

/// Runs of raw columns of one group: where each begins, and its group; and the attribute that says
/// how many columns the raw set has. All absent where there are no groups.
constexpr const char* group_begin_name = "group_begin";
constexpr const char* group_id_name = "group_id";
constexpr const char* raw_columns_attribute = "raw_columns";

/// The attribute that says how columns were divided among the splits, where not by columns.
constexpr const char* split_by_attribute = "split_by";

/// Dimensions of an array: the column, then those of its row.
std::vector<io::Dimension> dimensions_of(const ArrayRecipe& array, std::int64_t columns);

/// Writes all that is not rows: statistics, names, hashes, splits, recipe, provenance.
void write_metadata(io::Hdf5File& file, const Recipe& recipe, const PreparedPlan& plan,
                    std::span<const std::uint64_t> shard_hashes, const std::string& content);

/// Seals the file but for its columns, whose rows have hashes of their own.
void seal_all_but_columns(const std::string& path, const Recipe& recipe);

}  // namespace colonnade::data
