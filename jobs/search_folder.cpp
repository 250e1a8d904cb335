#include "search_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/partial.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace colonnade::jobs {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using train::OlderRun;

namespace {

constexpr std::array<std::string_view, 6> own_files{"trials.jsonl", "search.ini", "log.txt",
                                                    "search.csv",   "times.csv",  "best.ini"};
constexpr const char* best_run = "best";

/// A file's name when it is whole.
std::string name_of(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename();
  return io::whole_name(name).value_or(name);
}

bool is_own(const std::string& name) {
  return std::find(own_files.begin(), own_files.end(), name) != own_files.end();
}

/// Runs `work` on the file system, whose refusals become storage errors.
template <typename Work>
void on_disc(const std::string& path, Work work) {
  try {
    work();
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::storage, "cannot make the folder of the search",
                {.file = path, .value = error.code().message()});
  }
}

void check(const std::string& path, OlderRun older, const std::vector<std::string>& inputs) {
  const auto folder = fs::absolute(path).parent_path();
  if (!fs::is_directory(folder))
    throw Error(ErrorKind::storage, "the folder of the output does not exist",
                {.file = folder.string(), .hint = "make it, or choose another --out"});
  if (!fs::exists(path)) return;
  if (older == OlderRun::refused)
    throw Error(ErrorKind::usage, "the output exists already",
                {.file = path, .hint = "choose another --out, or --force, or --resume auto"});
  const bool is_search =
      fs::is_directory(path) && (fs::is_empty(path) || fs::exists(path + "/trials.jsonl") ||
                                 fs::exists(path + "/search.ini"));
  if (!is_search)
    throw Error(ErrorKind::usage, "--force and --resume take folders of a search only",
                {.file = path, .hint = "choose another --out"});
  if (older == OlderRun::continued) return;
  io::expect_no_input(path, inputs);
  for (const auto& entry : fs::directory_iterator(path))
    if (!is_own(name_of(entry)) && entry.path().filename() != best_run)
      throw Error(ErrorKind::usage, "--force would remove a file that is not of the search",
                  {.file = entry.path(), .hint = "move it away, or choose another --out"});
}

}  // namespace

SearchFolder::SearchFolder(const mpi::Communicator& comm, const std::string& path, OlderRun older,
                           const std::vector<std::string>& inputs)
    : comm_(comm), path_(io::without_last_slashes(path)), older_(older) {
  mpi::agreed_on_root(comm_, "output",
                      [&] { on_disc(path_, [&] { check(path_, older_, inputs); }); });
  std::int64_t replaces_run = 0;
  if (comm_.is_root() && older_ == OlderRun::replaced)
    replaces_run = fs::exists(file(best_run)) ? 1 : 0;
  if (comm_.max(replaces_run) != 0)
    static_cast<void>(train::RunDirectory(comm_, file(best_run), OlderRun::replaced, inputs));
}

void SearchFolder::start(const std::string& config_ini) {
  mpi::agreed_on_root(comm_, "output", [&] {
    on_disc(path_, [&] {
      const bool is_new = fs::create_directory(path_);
      if (!is_new && older_ == OlderRun::refused) train::refuse_second_job(path_);
      if (is_new) io::write_text_file(file("search.ini"), config_ini);
      lock_ = std::make_unique<train::FileLock>(file("log.txt"), path_);
      const bool replaces = older_ == OlderRun::replaced;
      for (const auto& entry : fs::directory_iterator(path_)) {
        const std::string name = entry.path().filename();
        if (io::whole_name(name) || (replaces && name != "search.ini" && name != "log.txt"))
          fs::remove_all(entry.path());
      }
      if (replaces) fs::resize_file(file("log.txt"), 0);
    });
    io::write_text_file(file("search.ini"), config_ini);
  });
}

}  // namespace colonnade::jobs
