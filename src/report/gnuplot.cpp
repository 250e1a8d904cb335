#include "report/gnuplot.hpp"

#include <colonnade/base/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

namespace colonnade::report {

namespace {

using base::Error;
using base::ErrorKind;
using Clock = std::chrono::steady_clock;

constexpr const char* try_it = "does it draw by itself? try gnuplot -e 'set terminal svg; plot x'";

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorKind::storage, std::string("cannot ") + what, {.value = std::strerror(errno)});
}

/// A file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// A file without a name, which goes with the last process that has it open.
int memory_file(const char* label, std::string_view text = {}) {
  const int file = ::memfd_create(label, MFD_CLOEXEC);
  if (file < 0) refuse("make a file in memory");
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      ::close(file);
      refuse("write to a file in memory");
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(file, 0, SEEK_SET);
  return file;
}

/// What comes through a pipe until its end, or until it is too late.
std::string text_from(int pipe, Clock::time_point end) {
  std::string text;
  std::array<char, 65536> block{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&waiting, 1, static_cast<int>(left)) : 0;
    if (ready == 0) return text;
    const ssize_t bytes = ready > 0 ? ::read(pipe, block.data(), block.size()) : -1;
    if (bytes == 0) return text;
    if (bytes < 0 && errno != EINTR) refuse("read gnuplot's pictures");
    if (bytes > 0) text.append(block.data(), static_cast<std::size_t>(bytes));
  }
}

/// The last line that says something, of the first 64 KiB of messages.
std::string last_line(int file) {
  std::string text(65536, '\0');
  const ssize_t bytes = ::pread(file, text.data(), text.size(), 0);
  text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  text.resize(text.find_last_not_of(" \n") + 1);
  text.erase(0, text.rfind('\n') + 1);
  text.erase(0, text.find_first_not_of(' '));
  return text.substr(0, 300);
}

/// The wait status of a child; one that does not end in time is killed.
int status_of(pid_t child, Clock::time_point end, std::chrono::seconds limit) {
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR)
      throw Error(ErrorKind::storage, "gnuplot was lost", {.value = std::strerror(errno)});
    if (Clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      throw Error(ErrorKind::storage, "gnuplot does not come to an end",
                  {.value = fmt::format("{} s", limit.count()), .hint = try_it});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Starts gnuplot, without the user's settings, on these standard streams. It ends with us.
pid_t started(const Descriptor& script, const Descriptor& output, const Descriptor& messages) {
  std::string program = "gnuplot", no_settings = "-d", standard_input = "-";
  const std::array<char*, 4> words{program.data(), no_settings.data(), standard_input.data(),
                                   nullptr};
  const pid_t parent = ::getpid();
  volatile int refusal = 0;
  // posix_spawn cannot bind a child to us, and fork would copy memory that MPI may have pinned.
  const pid_t child = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
  if (child == 0) {
    // NOLINTBEGIN(clang-analyzer-unix.Vfork): POSIX does not promise these calls, Linux does
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent &&
        ::dup2(script.number(), STDIN_FILENO) >= 0 && ::dup2(output.number(), STDOUT_FILENO) >= 0 &&
        ::dup2(messages.number(), STDERR_FILENO) >= 0)
      ::execvp(words[0], words.data());
    refusal = errno;
    // NOLINTEND(clang-analyzer-unix.Vfork)
    ::_exit(EXIT_FAILURE);
  }
  if (child < 0) refuse("start gnuplot");
  if (refusal == 0) return child;
  ::waitpid(child, nullptr, 0);
  throw Error(ErrorKind::usage, "cannot start gnuplot, which draws the pictures",
              {.value = std::strerror(refusal), .hint = "install it (Debian: gnuplot-nox)"});
}

/// The whole <svg> elements of a text, one after the other.
std::vector<std::string> elements_in(const std::string& text) {
  constexpr std::string_view last = "</svg>";
  std::vector<std::string> elements;
  std::size_t end = 0;
  for (auto begin = text.find("<svg"); begin != std::string::npos; begin = text.find("<svg", end)) {
    end = text.find(last, begin);
    if (end == std::string::npos) break;
    end += last.size();
    elements.push_back(text.substr(begin, end - begin));
  }
  return elements;
}

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("ended by signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace

std::vector<std::string> run_gnuplot(const std::string& script, std::size_t pictures,
                                     std::chrono::seconds limit) {
  const auto end = Clock::now() + limit;
  const Descriptor input(memory_file("script", script)), messages(memory_file("messages"));
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) refuse("make a pipe from gnuplot");
  const Descriptor reader(pipe[0]);
  Descriptor writer(pipe[1]);
  const pid_t child = started(input, writer, messages);
  writer.close();
  const std::string output = text_from(reader.number(), end);
  const int status = status_of(child, end, limit);
  auto drawn = elements_in(output);
  if (status == 0 && drawn.size() == pictures) return drawn;
  std::string value =
      fmt::format("{}, {} of {} pictures", how_it_ended(status), drawn.size(), pictures);
  if (const std::string said = last_line(messages.number()); !said.empty()) value += ": " + said;
  throw Error(ErrorKind::storage, "gnuplot failed to draw",
              {.value = std::move(value), .hint = try_it});
}

}  // namespace colonnade::report
