#pragma once

#include <colonnade/data/recipe.hpp>
#include <colonnade/io/row_source.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace colonnade::data {

/// A variable of a file as samples have it, with these of its dimensions. Its features are named
/// along the last one, where the file, or the reference layout, names them.
RawVariable raw_variable(const io::FileInfo& file, const io::VariableInfo& info,
                         const std::vector<std::size_t>& axes);

/// All dimensions but the first.
std::vector<std::size_t> axes_behind_first(const io::VariableInfo& info);

/// "(y 40, x 3)".
std::string shape_text(const io::VariableInfo& info);

/// What differs between a variable and the same one of the first file; empty if nothing does, or
/// one of them does not tell.
std::string difference_of(const RawVariable& variable, const RawVariable& first);

/// The variable of that name. Throws a data error that lists those that the file has.
const io::VariableInfo& find_variable(const io::FileInfo& file, const std::string& name);

}  // namespace colonnade::data
