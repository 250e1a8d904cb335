#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fcntl.h>
#include <fmt/format.h>
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
      : value(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
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

void move_into_place(const std::string& from, const std::string& to) {
  base::fault_site(base::FaultSite::rename, to);
  if (fs::is_directory(from) && fs::exists(to)) {
    // A folder cannot be renamed onto one with content: the old one steps aside first.
    const std::string old = to + ".replaced";
    fs::remove_all(old);
    if (std::rename(to.c_str(), old.c_str()) != 0) refuse("move the older output aside", to, errno);
    if (std::rename(from.c_str(), to.c_str()) != 0) {
      const int code = errno;
      std::rename(old.c_str(), to.c_str());
      refuse("rename the output", to, code);
    }
    fs::remove_all(old);
  } else if (std::rename(from.c_str(), to.c_str()) != 0) {
    refuse("rename the output", to, errno);
  }
  sync_file(folder_of(to));
}

}  // namespace

OutputPath::OutputPath(const mpi::Communicator& comm, const std::string& path, bool force)
    : comm_(comm), final_(fs::path(path).lexically_normal().string()) {
  while (final_.size() > 1 && final_.back() == '/') final_.pop_back();
  temporary_ = final_ + ".partial";
  mpi::agreed_on_root(comm_, "output", [&] {
    base::fault_site(base::FaultSite::output, final_);
    const std::string folder = folder_of(final_);
    if (!fs::is_directory(folder))
      throw Error(ErrorKind::storage, "the folder of the output does not exist",
                  {.file = folder, .hint = "make it, or choose another --out"});
    if (fs::exists(final_) && !force)
      throw Error(ErrorKind::usage, "the output exists already",
                  {.file = final_, .hint = "choose another --out, or --force"});
    if (::access(folder.c_str(), W_OK) != 0) refuse("write into the folder", folder, errno);
    std::error_code ignored;
    fs::remove_all(temporary_, ignored);
  });
}

OutputPath::~OutputPath() {
  if (committed_ || !comm_.is_root()) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void OutputPath::commit() {
  mpi::agreed_on_root(comm_, "sync", [&] {
    base::fault_site(base::FaultSite::sync, temporary_);
    sync_file(temporary_);
    move_into_place(temporary_, final_);
  });
  committed_ = true;
}

void reserve_bytes(const std::string& path, std::uint64_t bytes) {
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
  refuse(
      "reserve the output's bytes on the disc", path, unable ? ENOSPC : code,
      fmt::format("it needs {:.3f} GB and {:.3f} GB are free: free some, or choose another --out",
                  static_cast<double>(bytes) * 1e-9, static_cast<double>(free) * 1e-9));
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
  const std::string temporary = path + ".partial";
  base::fault_site(base::FaultSite::write_file, path);
  try {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    for (const auto& part : parts) write_all(file.value, part, path);
    if (::fsync(file.value) != 0) refuse("write the file", path, errno);
  } catch (...) {
    std::remove(temporary.c_str());
    throw;
  }
  move_into_place(temporary, path);
}

void write_text_file(const std::string& path, const std::string& text) {
  const std::array parts{std::as_bytes(std::span(text))};
  write_file(path, parts);
}

}  // namespace colonnade::io
