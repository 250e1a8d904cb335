#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/partial.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

namespace colonnade::io {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

constexpr std::string_view mark = ".colonnade-", end_of_name = ".partial";

[[noreturn]] void refuse(const char* what, const std::string& path, int code) {
  throw Error(ErrorKind::storage, std::string("cannot ") + what,
              {.file = path, .value = std::strerror(code)});
}

std::string host() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ::gethostname(name.data(), HOST_NAME_MAX);
  return name.data();
}

/// What the partial files of a process begin with.
std::string beginning(const fs::path& final_path, const std::string& host) {
  constexpr std::size_t most_bytes = 150;  // of 255, with the rest of the name
  return final_path.filename().string().substr(0, most_bytes) + std::string(mark) + host + "-";
}

/// Paths that the signal handler may read: it may not allocate, lock or throw.
enum class Use { free, filling, ready };
struct Slot {
  std::atomic<Use> use = Use::free;
  std::array<char, PATH_MAX> path{};
};
constexpr std::size_t most_slots = 8;
std::array<Slot, most_slots> slots;
std::atomic<bool> handler_tells = false;
static_assert(std::atomic<Use>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

int registered(const std::string& path) {
  if (path.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    auto expected = Use::free;
    if (!slots[i].use.compare_exchange_strong(expected, Use::filling)) continue;
    std::memcpy(slots[i].path.data(), path.c_str(), path.size() + 1);
    slots[i].use = Use::ready;
    return static_cast<int>(i);
  }
  return -1;
}

void tell(const char* text) {
  static_cast<void>(::write(STDERR_FILENO, text, std::strlen(text)) < 0);
}

void handle(int number) {
  bool has_begun = false;
  for (auto& slot : slots) {
    if (slot.use != Use::ready || ::unlink(slot.path.data()) != 0 || !handler_tells) continue;
    if (!has_begun) {
      tell("colonnade: ended by SIG");
      tell(number == SIGTERM ? "TERM" : number == SIGINT ? "INT" : "HUP");
    }
    has_begun = true;
    tell("; removed ");
    tell(slot.path.data());
  }
  if (has_begun) tell("\n");
  ::signal(number, SIG_DFL);
  ::raise(number);
}

/// Whether a process has ended, be it that nobody has asked for its exit code yet.
bool is_dead(int process) {
  if (::kill(process, 0) != 0) return errno == ESRCH;
  std::ifstream stream(fmt::format("/proc/{}/stat", process));
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto state = text.rfind(") ");  // after the command's name
  return state != std::string::npos && text.substr(state + 2, 1) == "Z";
}

bool is_of_dead_process(const std::string& name, std::size_t begin) {
  int process = 0;
  const auto [end, error] =
      std::from_chars(name.data() + begin, name.data() + name.size(), process);
  return error == std::errc() && *end == '-' && process > 0 && is_dead(process);
}

}  // namespace

Partial::Partial(std::string final_path, Kind kind) : final_(std::move(final_path)), kind_(kind) {
  static std::atomic<int> last_number = 0;
  const auto start = fs::path(final_).parent_path() / beginning(final_, host());
  int code = EEXIST;
  while (code == EEXIST) {
    path_ = fmt::format("{}{}-{}{}", start.string(), ::getpid(), ++last_number, end_of_name);
    const int made = kind_ == Kind::folder
                         ? ::mkdir(path_.c_str(), 0777)
                         : ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    code = made < 0 ? errno : 0;
    if (kind_ == Kind::file && made >= 0) ::close(made);
  }
  if (code != 0) refuse("make the output", path_, code);
  if (kind_ == Kind::file) slot_ = registered(path_);
}

Partial::~Partial() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (slot_ >= 0) slots[static_cast<std::size_t>(slot_)].use = Use::free;
}

/// Puts a folder where perhaps one is, with which it changes names: another job may make that one
/// at any moment. False, with errno, where the system refuses.
static bool exchange_or_rename(const char* from, const char* to) {
  for (;;) {
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0) return true;
    if (errno != ENOENT) return false;
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return true;
    if (errno != EEXIST) return false;
  }
}

void Partial::move_into_place(bool replaces) {
  base::fault_site(base::FaultSite::rename, final_);
  const char *const from = path_.c_str(), *const to = final_.c_str();
  const bool is_folder = kind_ == Kind::folder;
  std::error_code ignored;
  const bool is_done = replaces && is_folder ? exchange_or_rename(from, to)
                                             : ::renameat2(AT_FDCWD, from, AT_FDCWD, to,
                                                           replaces ? 0U : RENAME_NOREPLACE) == 0;
  if (is_done) {
    if (replaces && is_folder) fs::remove_all(path_, ignored);  // the older one by now
  } else if (!replaces && (errno == EEXIST || fs::exists(final_, ignored))) {
    throw Error(ErrorKind::usage, "another job has made the output meanwhile",
                {.file = final_, .hint = "choose another output, or --force"});
  } else if (replaces && is_folder && errno != ENOENT) {
    move_aside_and_into_place();
  } else if (std::rename(from, to) != 0) {
    refuse("rename the output", final_, errno);
  }
  path_.clear();
  const auto folder = fs::path(final_).parent_path().string();
  sync_file(folder.empty() ? "." : folder);
}

/// Where the file system cannot exchange two names: a folder cannot be renamed onto one with
/// content, so the older one steps aside first.
void Partial::move_aside_and_into_place() {
  const std::string old = path_ + ".replaced";
  if (std::rename(final_.c_str(), old.c_str()) != 0 && errno != ENOENT)
    refuse("move the older output aside", final_, errno);
  if (std::rename(path_.c_str(), final_.c_str()) != 0) {
    const int code = errno;
    std::rename(old.c_str(), final_.c_str());
    refuse("rename the output", final_, code);
  }
  std::error_code ignored;
  fs::remove_all(old, ignored);
}

std::optional<std::string> whole_name(const std::string& name) {
  const auto place = name.rfind(mark);
  if (place == std::string::npos || !name.ends_with(end_of_name)) return std::nullopt;
  return name.substr(0, place);
}

void remove_leftovers(const std::string& final_path) noexcept {
  std::error_code ignored;
  const fs::path folder = fs::path(final_path).parent_path();
  const std::string start = beginning(final_path, host());
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, ignored), end; entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename();
    if (name.starts_with(start) && whole_name(name) && is_of_dead_process(name, start.size()))
      fs::remove_all(entry->path(), ignored);
  }
}

void clear_up_on_signals(bool tells) {
  handler_tells = tells;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction entry {};
    // A shell's background job, or one under nohup, ignores some of them.
    if (::sigaction(number, nullptr, &entry) != 0 || entry.sa_handler == SIG_IGN) continue;
    entry = {};
    entry.sa_handler = handle;
    ::sigaction(number, &entry, nullptr);
  }
}

}  // namespace colonnade::io
