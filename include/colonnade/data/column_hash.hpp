#pragma once

#include <colonnade/data/groups.hpp>
#include <colonnade/data/recipe.hpp>
#include <colonnade/mpi/partition.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace colonnade::data {

/// Hash of one row of an array (by its number in the recipe), with its position and its index in
/// the raw set.
///
/// A shard's hash is the sum of its rows' hashes over all arrays modulo 2^64, the content's is made
/// from the sum over all columns: so rows can be hashed in any order, and the content does not know
/// the chunking.
std::uint64_t row_hash(std::size_t array, std::int64_t position, std::int64_t source,
                       std::span<const float> row);

/// Names and ranges of the splits.
struct Split {
  std::string name;
  mpi::Range columns;
};

/// Hash of the logical content of a prepared file, as 16 hexadecimal digits; groups count where
/// there are some.
std::string content_hash(std::uint64_t sum_of_columns, const Recipe& recipe,
                         std::span<const Split> splits, const Groups& groups);

}  // namespace colonnade::data
