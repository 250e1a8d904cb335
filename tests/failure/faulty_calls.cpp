// Calls of the C library that move a file's bytes, put in front of the real ones, so that those of
// HDF5, NetCDF and MPI-IO fail too.
#include "failure/fault_injection.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <utility>
#include <vector>

namespace colonnade::faults {

namespace {

std::string path_of(int file) {
  std::array<char, PATH_MAX> path{};
  const auto link = fmt::format("/proc/self/fd/{}", file);
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), length < 0 ? 0 : static_cast<std::size_t>(length)};
}

/// Whether a path is the system's own, or of Open MPI's folder for a session.
bool is_foreign(const std::string& path) {
  return path.starts_with("/proc/") || path.starts_with("/sys/") || path.starts_with("/dev/") ||
         path.find("/ompi.") != std::string::npos;
}

/// Whether a call on `file` takes the blow: of pipes, sockets and foreign files none does.
bool takes_blow(int file) {
  if (next_blow == Blow::none) return false;
  const int code = errno;
  struct stat status {};
  const bool is_file =
      ::fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  const bool takes = is_file && !is_foreign(path_of(file));
  errno = code;
  return takes;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Does `call(bytes)`, which moves bytes of `file`, or fails, or does half.
template <typename Call>
ssize_t moved(const char* name, int file, std::size_t bytes, Call call) {
  if (!takes_blow(file)) return call(bytes);
  const Blow blow = std::exchange(next_blow, Blow::none);
  const std::size_t part = blow == Blow::part ? bytes / 2 : 0;
  report(fmt::format("{} {} of {} bytes {}", name, part, bytes, path_of(file)));
  if (blow == Blow::part) return call(part);
  errno = EIO;
  return -1;
}

/// The first `bytes` bytes of buffers.
std::vector<iovec> cut(const iovec* buffers, int count, std::size_t bytes) {
  std::vector<iovec> cut;
  for (int i = 0; i < count && bytes > 0; ++i) {
    cut.push_back({buffers[i].iov_base, std::min(bytes, buffers[i].iov_len)});
    bytes -= cut.back().iov_len;
  }
  return cut;
}

template <typename Call>
ssize_t moved(const char* name, int file, const iovec* buffers, int count, Call call) {
  std::size_t all = 0;
  for (int i = 0; i < count; ++i) all += buffers[i].iov_len;
  return moved(name, file, all, [&](std::size_t bytes) {
    if (bytes == all) return call(buffers, count);
    const auto part = cut(buffers, count, bytes);
    return call(part.data(), static_cast<int>(part.size()));
  });
}

}  // namespace

}  // namespace colonnade::faults

using namespace colonnade::faults;

extern "C" {

ssize_t read(int file, void* to, size_t bytes) {
  static auto* const call = real<ssize_t(int, void*, size_t)>("read");
  return moved("read", file, bytes, [&](size_t n) { return call(file, to, n); });
}

ssize_t write(int file, const void* from, size_t bytes) {
  static auto* const call = real<ssize_t(int, const void*, size_t)>("write");
  return moved("write", file, bytes, [&](size_t n) { return call(file, from, n); });
}

ssize_t pread(int file, void* to, size_t bytes, off_t at) {
  static auto* const call = real<ssize_t(int, void*, size_t, off_t)>("pread");
  return moved("pread", file, bytes, [&](size_t n) { return call(file, to, n, at); });
}

ssize_t pwrite(int file, const void* from, size_t bytes, off_t at) {
  static auto* const call = real<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return moved("pwrite", file, bytes, [&](size_t n) { return call(file, from, n, at); });
}

ssize_t readv(int file, const iovec* to, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("readv");
  return moved("readv", file, to, count, [&](const iovec* v, int n) { return call(file, v, n); });
}

ssize_t writev(int file, const iovec* from, int count) {
  static auto* const call = real<ssize_t(int, const iovec*, int)>("writev");
  return moved("writev", file, from, count,
               [&](const iovec* v, int n) { return call(file, v, n); });
}

ssize_t preadv(int file, const iovec* to, int count, off_t at) {
  static auto* const call = real<ssize_t(int, const iovec*, int, off_t)>("preadv");
  return moved("preadv", file, to, count,
               [&](const iovec* v, int n) { return call(file, v, n, at); });
}

ssize_t pwritev(int file, const iovec* from, int count, off_t at) {
  static auto* const call = real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return moved("pwritev", file, from, count,
               [&](const iovec* v, int n) { return call(file, v, n, at); });
}

ssize_t pread64(int file, void* to, size_t bytes, off_t at) {
  return pread(file, to, bytes, at);
}

ssize_t pwrite64(int file, const void* from, size_t bytes, off_t at) {
  return pwrite(file, from, bytes, at);
}

// The C library itself goes on after a part, so these can fail only.
size_t fwrite(const void* from, size_t size, size_t count, FILE* file) {
  static auto* const call = real<size_t(const void*, size_t, size_t, FILE*)>("fwrite");
  if (next_blow != Blow::error) return call(from, size, count, file);
  const ssize_t done = moved("fwrite", ::fileno(file), size * count, [&](size_t) {
    return static_cast<ssize_t>(call(from, size, count, file));
  });
  return done < 0 ? 0 : static_cast<size_t>(done);
}

int fsync(int file) {
  static auto* const call = real<int(int)>("fsync");
  if (next_blow != Blow::error) return call(file);
  return static_cast<int>(
      moved("fsync", file, 0, [&](size_t) { return static_cast<ssize_t>(call(file)); }));
}
}
