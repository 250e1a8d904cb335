#include <colonnade/app/standard_streams.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace colonnade::app {

namespace {

/// What lies behind a stream.
struct Sink {
  int file;
  std::atomic<int> error = 0;
};
std::array<Sink, 2> sinks{Sink{STDOUT_FILENO}, Sink{STDERR_FILENO}};

bool waits_for_reader(int file) {
  pollfd ready{.fd = file, .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, -1) == 1;
}

/// Tells stdio that all was written: fmt would throw else, on one rank, in the middle of the work.
ssize_t write_all(void* cookie, const char* bytes, std::size_t size) {
  auto& sink = *static_cast<Sink*>(cookie);
  for (std::size_t done = 0; done < size && sink.error == 0;) {
    const ssize_t written = ::write(sink.file, bytes + done, size - done);
    if (written >= 0)
      done += static_cast<std::size_t>(written);
    else if (errno != EINTR && !(errno == EAGAIN && waits_for_reader(sink.file)))
      sink.error = errno;
  }
  return static_cast<ssize_t>(size);
}

void guard(FILE*& stream, Sink& sink, int buffering) {
  std::fflush(stream);
  FILE* const guarded = ::fopencookie(
      &sink, "w", {.read = nullptr, .write = write_all, .seek = nullptr, .close = nullptr});
  if (guarded == nullptr) return;
  std::setvbuf(guarded, nullptr, buffering, BUFSIZ);
  stream = guarded;
}

}  // namespace

void guard_standard_streams() {
  for (const int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    // The lowest free number is the one that was closed. Nothing can be written to it.
    if (::fcntl(file, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  guard(stdout, sinks[0], ::isatty(STDOUT_FILENO) != 0 ? _IOLBF : _IOFBF);
  guard(stderr, sinks[1], _IONBF);
}

std::string loss_of_output() {
  std::fflush(stdout);
  const int error = sinks[0].error;
  return error == 0 ? "" : std::strerror(error);
}

}  // namespace colonnade::app
