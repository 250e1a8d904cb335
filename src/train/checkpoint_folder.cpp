#include <colonnade/io/partial.hpp>
#include <colonnade/train/checkpoint_folder.hpp>

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>

namespace colonnade::train {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "step_", suffix = ".ckpt";

std::optional<std::int64_t> step_of(const std::string& name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  std::int64_t step = 0;
  const char* const end = name.data() + name.size() - suffix.size();
  const auto [stopped, error] = std::from_chars(name.data() + prefix.size(), end, step);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return step;
}

/// The checkpoints of a folder by their steps, the newest first.
std::map<std::int64_t, std::string, std::greater<>> checkpoints_in(const std::string& folder) {
  std::map<std::int64_t, std::string, std::greater<>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (const auto step = step_of(entry.path().filename())) found[*step] = entry.path();
  return found;
}

}  // namespace

std::string checkpoint_path(const std::string& folder, std::int64_t step) {
  return fmt::format("{}/{}{:08}{}", folder, prefix, step, suffix);
}

bool is_checkpoint(const std::string& name) {
  return step_of(io::whole_name(name).value_or(name)).has_value();
}

FoundCheckpoint newest_checkpoint(const std::string& folder) {
  FoundCheckpoint found;
  for (const auto& [step, path] : checkpoints_in(folder)) {
    try {
      found.checkpoint = read_checkpoint(path);
      found.path = path;
      break;
    } catch (const base::Error& error) {
      found.passed_over.push_back(error);
    }
  }
  return found;
}

void prune_checkpoints(const std::string& folder, std::int64_t step, std::int64_t keep) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (io::whole_name(entry.path().filename())) fs::remove(entry.path(), ignored);
  for (const auto& [number, path] : checkpoints_in(folder))
    if (number <= step && --keep < 0) fs::remove(path, ignored);
}

}  // namespace colonnade::train
