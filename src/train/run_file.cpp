#include <colonnade/base/error.hpp>
#include <colonnade/train/run_file.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace colonnade::train {

namespace fs = std::filesystem;

namespace {

/// Whether files of a run other than `file` lie in the folder. A config.ini, a log.txt or a
/// summary.json may be of anything.
bool is_run(const fs::path& folder, const fs::path& file) {
  constexpr std::array telling{"metrics.csv", "hashes.csv", "model.h5", "final.h5"};
  return std::any_of(telling.begin(), telling.end(), [&](const char* name) {
    std::error_code ignored;
    return file != name && fs::exists(folder / name, ignored);
  });
}

}  // namespace

void expect_no_run_file(const std::string& output) {
  std::error_code absent;
  const auto path = fs::canonical(output, absent);
  if (absent) return;
  const auto name = path.filename(), folder = path.parent_path().filename();
  const bool is_file = std::find(run_files.begin(), run_files.end(), name) != run_files.end();
  const bool is_deeper = folder == checkpoints_folder || folder == events_folder;
  if ((is_file && is_run(path.parent_path(), name)) ||
      (is_deeper && is_run(path.parent_path().parent_path(), "")))
    throw base::Error(base::ErrorKind::usage, "the output would replace a file of a training run",
                      {.file = output, .hint = "choose another output"});
}

}  // namespace colonnade::train
