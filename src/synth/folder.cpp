#include "synth/folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/partial.hpp>

#include <filesystem>
#include <system_error>

namespace colonnade::synth {

namespace fs = std::filesystem;

namespace {

void expect_free(const std::string& path, bool force) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status)) return;
  if (!force)
    throw base::Error(base::ErrorKind::usage, "the output exists already",
                      {.file = path, .hint = "choose another --out, or --force"});
  if (!fs::is_regular_file(status))
    throw base::Error(base::ErrorKind::usage, "the output exists and is not a regular file",
                      {.file = path, .hint = "choose another --out"});
}

}  // namespace

void expect_free_folder(const Options& options, const std::vector<std::string>& paths) {
  std::error_code code;
  const auto status = fs::status(options.folder, code);
  if (fs::exists(status) && !fs::is_directory(status))
    throw base::Error(base::ErrorKind::usage, "the output exists and is no folder",
                      {.file = options.folder, .hint = "choose another --out"});
  for (const auto& path : paths) expect_free(path, options.force);
}

void make_folder(const Options& options, const std::vector<std::string>& paths) {
  expect_free_folder(options, paths);
  std::error_code code;
  fs::create_directory(options.folder, code);
  if (code)
    throw base::Error(base::ErrorKind::storage, "cannot make the folder",
                      {.file = options.folder,
                       .value = code.message(),
                       .hint = "make the folders above it first"});
  for (const auto& path : paths) io::remove_leftovers(path);
}

}  // namespace colonnade::synth
