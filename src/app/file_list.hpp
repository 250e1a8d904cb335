#pragma once

#include <string>
#include <vector>

namespace colonnade::app {

/// The files that the text of a list names: a path a line, or the first column of CSV that it calls
/// `file`. Throws a usage error naming the list, `path`, when there are none.
std::vector<std::string> listed_in(const std::string& text, const std::string& path);

}  // namespace colonnade::app
