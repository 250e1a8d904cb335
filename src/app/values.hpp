// The texts of values as numbers, and the check of a value against its row of the table.
#pragma once

#include <colonnade/app/command.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace colonnade::app {

// Each throws base::Error of kind usage naming `option` when the text is not of its form.
std::int64_t to_integer(std::string_view option, const std::string& text);
double to_real(std::string_view option, const std::string& text);
std::vector<std::int64_t> to_integers(std::string_view option, const std::string& text);
std::vector<double> to_reals(std::string_view option, const std::string& text);
std::int64_t to_bytes(std::string_view option, const std::string& text);
double to_seconds(std::string_view option, const std::string& text);
bool to_flag(std::string_view option, const std::string& text);

// Throws base::Error of kind usage, with `file` among its facts, unless the option takes the text.
void check_value(const Option& option, const std::string& text, const std::string& file);

}  // namespace colonnade::app
