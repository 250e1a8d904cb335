#include "report/gnuplot.hpp"

#include <colonnade/base/error.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace colonnade::report {
namespace {

namespace fs = std::filesystem;

bool has_gnuplot() {
  return std::system("gnuplot --version >/dev/null 2>&1") == 0;  // NOLINT(concurrency-mt-unsafe)
}

/// Another value of a variable of the environment, for a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;  // NOLINT(concurrency-mt-unsafe)
    ::setenv(name, value.c_str(), 1);                     // NOLINT(concurrency-mt-unsafe)
  }
  ~Variable() {
    if (old_)
      ::setenv(name_, old_->c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    else
      ::unsetenv(name_);  // NOLINT(concurrency-mt-unsafe)
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

class Gnuplot : public testing::Test {
 protected:
  Gnuplot() {
    std::string name = fs::temp_directory_path() / "colonnade_test_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Gnuplot() override { fs::remove_all(folder_); }

  /// What is said of a gnuplot that does this in place of drawing a picture.
  std::string said_of(const std::string& shell_script) {
    const fs::path program = folder_ / "gnuplot";
    std::ofstream(program) << "#!/bin/sh\n" << shell_script << "\n";
    fs::permissions(program, fs::perms::owner_all);
    const Variable path("PATH", folder_.string() + ":/usr/bin:/bin");
    try {
      run_gnuplot("plot x\n", 1);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::storage) << error.what();
      EXPECT_EQ(error.facts().hint.find("TMPDIR"), std::string::npos) << error.what();
      return error.facts().value;
    }
    return "it was drawn";
  }

  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

TEST_F(Gnuplot, IsNamedWithItsEndAndItsLastWords) {
  EXPECT_EQ(said_of("echo first >&2; echo '  last words' >&2; echo >&2; exit 3"),
            "exit code 3, 0 of 1 pictures: last words");
  EXPECT_EQ(said_of("kill -9 $$"), "ended by signal 9, 0 of 1 pictures");
  EXPECT_EQ(said_of("echo '<svg></svg>'; exit 1"), "exit code 1, 1 of 1 pictures");
}

TEST_F(Gnuplot, WithoutAWholePictureFails) {
  EXPECT_EQ(said_of("echo nothing"), "exit code 0, 0 of 1 pictures");
  EXPECT_EQ(said_of("echo '<svg><text>half'"), "exit code 0, 0 of 1 pictures");
  EXPECT_EQ(said_of("echo '<svg></svg><svg></svg>'"), "exit code 0, 2 of 1 pictures");
}

TEST_F(Gnuplot, ThatDoesNotEndIsKilledAndNamed) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  try {
    run_gnuplot("system('sleep 60')\n", 1, std::chrono::seconds(1));
    FAIL() << "it ended";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().value, "1 s");
  }
}

TEST_F(Gnuplot, HasNoSettingsOfTheUserAndNeedsNoDisc) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  std::ofstream(folder() / ".gnuplot") << "set title 'of the user'\n";
  const Variable home("HOME", folder()), no_disc("TMPDIR", "/it's nowhere");
  const auto pictures = run_gnuplot("set terminal svg\nplot x\nplot 2 * x\n", 2);
  ASSERT_EQ(pictures.size(), 2U);
  for (const auto& picture : pictures) {
    EXPECT_EQ(picture.find("of the user"), std::string::npos);
    EXPECT_TRUE(picture.starts_with("<svg") && picture.ends_with("</svg>"));
  }
}

TEST_F(Gnuplot, EndsWithItsKilledReader) {
  if (!has_gnuplot()) GTEST_SKIP() << "NOT SHOWN: gnuplot is not installed";
  std::array<int, 2> pipe{};  // at its end when nobody is left who could write
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t reader = ::fork();
  if (reader == 0) {
    run_gnuplot(fmt::format("system('echo > /dev/fd/{}')\npause 60\n", pipe[1]), 1);
    ::_exit(0);
  }
  ::close(pipe[1]);
  char begun = 0;
  EXPECT_EQ(::read(pipe[0], &begun, 1), 1);
  ::kill(reader, SIGKILL);
  ::waitpid(reader, nullptr, 0);
  constexpr int limit_ms = 20000;
  pollfd waiting{.fd = pipe[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&waiting, 1, limit_ms), 1) << "gnuplot goes on";
  ::close(pipe[0]);
}

}  // namespace
}  // namespace colonnade::report
