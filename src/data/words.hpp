#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small things that options are read with.
namespace colonnade::data {

/// The parts between separators, of which each of `marks` is one; empty parts count.
std::vector<std::string> parts_of(std::string_view text, std::string_view marks);

/// Without blanks at both ends.
std::string trimmed(std::string_view text);

/// The number that the whole text is, if it is one and finite.
std::optional<double> number_of(std::string_view text);

/// Whether the texts are equal, or numbers that are: "7" and "007".
bool same_value(std::string_view a, std::string_view b);

/// The order of values: numbers before texts, each ascending.
bool comes_before(const std::string& a, const std::string& b);

}  // namespace colonnade::data
