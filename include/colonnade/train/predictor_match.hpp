#pragma once

#include <colonnade/data/raw_set.hpp>
#include <colonnade/data/recipe.hpp>

#include <string>

namespace colonnade::train {

/// Throws a data error naming `data_file` and the first feature that a prepared file does not have,
/// or does not encode, as the model's recipe does.
void expect_same_encoding(const data::Recipe& model, const data::Recipe& prepared,
                          const std::string& data_file);

/// Throws a data error naming the first file of `set` and the first feature in which the raw
/// variables of `set` differ from the inputs of the model's recipe: by shape, name, or units where
/// both give them.
void expect_same_inputs(const data::Recipe& model, const data::RawSet& set);

}  // namespace colonnade::train
