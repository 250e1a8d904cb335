#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace colonnade::base {

/// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`, the first of equals; "" when even that shares too little to be
/// meant (a distance above half of the longer word's length).
std::string nearest(std::string_view word, std::span<const std::string> known);

}  // namespace colonnade::base
