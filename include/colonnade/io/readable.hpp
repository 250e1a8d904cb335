#pragma once

#include <string>

namespace colonnade::io {

/// Whether there is anything of this name. Throws a storage error when that cannot be told: behind
/// a folder that may not be searched, or links that lead in a circle.
bool is_there(const std::string& path);

/// Throws a data error when there is a folder, a pipe or a device of this name: who opens a pipe
/// may wait for ever.
void expect_regular(const std::string& path);

/// Throws a storage error when there is no such file or it cannot be opened, a data error when it
/// is a folder, a pipe or empty.
void expect_readable(const std::string& path);

}  // namespace colonnade::io
