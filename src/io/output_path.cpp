#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace colonnade::io {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

namespace {

[[noreturn]] void refuse(const char* what, const std::string& path, int code,
                         const std::string& hint = "") {
  throw Error(ErrorKind::storage, std::string("cannot ") + what,
              {.file = path, .value = std::strerror(code), .hint = hint});
}

std::string folder_of(const std::string& path) {
  const auto folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(const std::string& path, int flags)
      : value(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (value < 0) refuse("open", path, errno);
  }
  ~Descriptor() { ::close(value); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value;
};

void write_all(int file, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) refuse("write the file", path, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

/// Where a path leads through links, also if there is nothing yet.
std::string followed(std::string path) {
  constexpr int most_links = 40;
  std::error_code code;
  for (int links = 0; fs::is_symlink(path, code); ++links) {
    if (links == most_links) refuse("follow the output's links", path, ELOOP);
    const auto target = fs::read_symlink(path, code);
    path = (fs::path(path).parent_path() / target).lexically_normal().string();
  }
  return path;
}

/// What --force may replace is what this program could have made.
void expect_replaceable(const std::string& path, fs::file_status status, Partial::Kind kind) {
  if (kind == Partial::Kind::folder ? fs::is_directory(status) : fs::is_regular_file(status))
    return;
  const char* const sentence = kind == Partial::Kind::folder ? "the output exists and is no folder"
                               : fs::is_directory(status)
                                   ? "the output is a folder, and a file is to be written"
                                   : "the output exists and is not a regular file";
  throw Error(ErrorKind::usage, sentence, {.file = path, .hint = "choose another output"});
}

void expect_writable(const std::string& path, bool force, Partial::Kind kind) {
  std::error_code code;
  const std::string folder = folder_of(path);
  if (!fs::is_directory(folder, code))
    throw Error(ErrorKind::storage, "the folder of the output does not exist",
                {.file = folder, .hint = "make it, or choose another --out"});
  const auto status = fs::status(path, code);
  if (fs::exists(status)) {
    if (!force)
      throw Error(ErrorKind::usage, "the output exists already",
                  {.file = path, .hint = "choose another output, or --force"});
    expect_replaceable(path, status, kind);
  } else if (code && status.type() != fs::file_type::not_found) {
    refuse("look for the output", path, code.value());
  }
  if (::access(folder.c_str(), W_OK) != 0) refuse("write into the folder", folder, errno);
}

}  // namespace

OutputPath::OutputPath(const mpi::Communicator& comm, const std::string& path, bool force,
                       Partial::Kind kind)
    : comm_(comm), force_(force) {
  std::string temporary;
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::output, path);
    std::string end = fs::path(path).lexically_normal().string();
    if (kind == Partial::Kind::file && end.ends_with('/'))
      throw Error(ErrorKind::usage, "the output names a folder, and a file is to be written",
                  {.file = path, .hint = "choose another output"});
    while (end.size() > 1 && end.back() == '/') end.pop_back();
    end = followed(end);
    expect_writable(end, force_, kind);
    remove_leftovers(end);
    partial_.emplace(end, kind);
    temporary = partial_->path();
  });
  temporary_ = comm_.broadcast(std::move(temporary));
}

void OutputPath::commit() {
  mpi::agreed_on_root(comm_, "sync", [&] {
    base::fault_site(base::FaultSite::sync, temporary_);
    sync_file(temporary_);
    partial_->move_into_place(force_);
  });
}

std::string without_last_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

void expect_no_input(const std::string& output, std::span<const std::string> inputs) {
  for (const auto& input : inputs) {
    std::error_code absent;
    for (auto place = fs::canonical(input, absent); !absent; place = place.parent_path()) {
      if (fs::equivalent(place, output, absent))
        throw Error(ErrorKind::usage, "the output would replace an input",
                    {.file = output, .value = input, .hint = "choose another output"});
      if (place == place.root_path()) break;
    }
  }
}

void reserve_bytes(const std::string& path, std::uint64_t bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
    refuse("reserve the output's bytes", path, EFBIG,
           fmt::format("it needs {} and the shell allows a file {}: see ulimit -f",
                       base::human_bytes(static_cast<std::int64_t>(bytes)),
                       base::human_bytes(static_cast<std::int64_t>(limit.rlim_cur))));
  const Descriptor file(path, O_RDWR);
  int status = 0;
  do {
    status = ::fallocate(file.value, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes));
  } while (status != 0 && errno == EINTR);
  if (status == 0) return;
  const int code = errno;
  struct statvfs disc {};
  ::fstatvfs(file.value, &disc);
  const std::uint64_t free = std::uint64_t{disc.f_bavail} * disc.f_frsize;
  const bool unable = code == EOPNOTSUPP || code == ENOSYS;
  if (unable && free >= bytes) return;
  refuse("reserve the output's bytes on the disc", path, unable ? ENOSPC : code,
         fmt::format("it needs {} and {} are free: free some, or choose another --out",
                     base::human_bytes(static_cast<std::int64_t>(bytes)),
                     base::human_bytes(static_cast<std::int64_t>(free))));
}

void start_writing_back(const std::string& path) noexcept {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ::sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
  ::close(file);
}

void sync_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  // Large files by parts, so that a slow disc does not look like one that hangs.
  constexpr off_t part = off_t{256} << 20;
  struct stat status {};
  const bool is_file = ::fstat(file.value, &status) == 0 && S_ISREG(status.st_mode);
  const off_t bytes = is_file ? status.st_size : 0;
  for (off_t begin = 0; begin + part < bytes; begin += part) {
    ::sync_file_range(file.value, begin, part, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    mpi::tick();
  }
  if (::fsync(file.value) != 0) refuse("bring the bytes to the disc", path, errno);
}

void write_file(const std::string& path, std::span<const std::span<const std::byte>> parts) {
  base::fault_site(base::FaultSite::write_file, path);
  Partial partial(path, Partial::Kind::file);
  {
    const Descriptor file(partial.path(), O_WRONLY);
    for (const auto& part : parts) write_all(file.value, part, path);
    if (::fsync(file.value) != 0) refuse("write the file", path, errno);
  }
  partial.move_into_place(true);
}

void write_text_file(const std::string& path, const std::string& text) {
  const std::array parts{std::as_bytes(std::span(text))};
  write_file(path, parts);
}

}  // namespace colonnade::io
