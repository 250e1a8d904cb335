#include "report/gnuplot.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace colonnade::report {

namespace {

using base::Error;
using base::ErrorKind;
namespace fs = std::filesystem;

/// A folder for the length of a drawing.
class DrawingFolder {
 public:
  DrawingFolder() {
    std::string name = (fs::temp_directory_path() / "colonnade-report-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Error(ErrorKind::storage, "cannot make a folder for the pictures",
                  {.file = name, .value = std::strerror(errno), .hint = "set TMPDIR to another"});
    path_ = name;
  }
  ~DrawingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  DrawingFolder(const DrawingFolder&) = delete;
  DrawingFolder& operator=(const DrawingFolder&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The wait status of a child; one that does not end within the limit is killed.
int status_of(pid_t child, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR)
      throw Error(ErrorKind::storage, "gnuplot was lost", {.value = std::strerror(errno)});
    if (std::chrono::steady_clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      throw Error(ErrorKind::storage, "gnuplot does not come to an end",
                  {.value = fmt::format("{} s", limit.count()),
                   .hint = "does it draw by itself? try gnuplot -e 'set terminal svg; plot x'"});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Starts gnuplot on a script; its messages go to a file. Returns its wait status.
int status_of_gnuplot(const DrawingFolder& folder, std::chrono::seconds limit) {
  const std::string messages = folder.file("messages");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, messages.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  std::string program = "gnuplot", script = folder.file("script");
  std::array<char*, 3> words{program.data(), script.data(), nullptr};
  pid_t child = 0;
  const int refusal =
      ::posix_spawnp(&child, program.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (refusal != 0)
    throw Error(ErrorKind::usage, "cannot start gnuplot, which draws the pictures",
                {.value = std::strerror(refusal), .hint = "install it (Debian: gnuplot-nox)"});
  return status_of(child, limit);
}

}  // namespace

std::vector<std::string> run_gnuplot(const std::string& script, std::size_t files,
                                     std::chrono::seconds limit) {
  const DrawingFolder folder;
  io::write_text_file(folder.file("script"), fmt::format("cd '{}'\n{}", folder.path(), script));
  const int status = status_of_gnuplot(folder, limit);
  std::vector<std::string> texts;
  for (std::size_t f = 0; f < files; ++f) {
    texts.push_back(text_of(folder.file(fmt::format("{}.svg", f))));
    if (status != 0 || !texts.back().ends_with("</svg>\n\n"))
      throw Error(ErrorKind::storage, "gnuplot failed to draw",
                  {.value = text_of(folder.file("messages")).substr(0, 300),
                   .hint = "is the disc of TMPDIR full?"});
  }
  return texts;
}

}  // namespace colonnade::report
