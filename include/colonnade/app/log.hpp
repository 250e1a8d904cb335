#pragma once

#include <spdlog/logger.h>

#include <filesystem>
#include <memory>

namespace colonnade::app {

/// A log file that lines are appended to, each with its time, and that is flushed at each line.
/// Throws base::Error of kind storage when it cannot be opened.
std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& path);

}  // namespace colonnade::app
