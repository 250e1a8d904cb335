#include "synth/folder.hpp"

#include <colonnade/base/error.hpp>

#include <filesystem>
#include <system_error>

namespace colonnade::synth {

namespace fs = std::filesystem;

void make_folder(const Options& options, const std::vector<std::string>& paths) {
  std::error_code code;
  fs::create_directory(options.folder, code);
  if (code)
    throw base::Error(base::ErrorKind::storage, "cannot make the folder",
                      {.file = options.folder,
                       .value = code.message(),
                       .hint = "make the folders above it first"});
  for (const auto& path : paths)
    if (fs::exists(path, code) && !options.force)
      throw base::Error(base::ErrorKind::usage, "the output exists already",
                        {.file = path, .hint = "choose another --out, or --force"});
}

}  // namespace colonnade::synth
