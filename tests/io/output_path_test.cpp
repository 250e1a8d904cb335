#include "temporary_folder.hpp"

#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace colonnade::io {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class OutputPathTest : public testing::Test {
 protected:
  /// Writes a file on the root; all ranks go on when it is there.
  void write(const std::string& path, const std::string& text) const {
    if (comm_.is_root()) std::ofstream(path) << text;
    comm_.barrier();
  }
  void make_folder(const std::string& path) const {
    if (comm_.is_root()) fs::create_directory(path);
    comm_.barrier();
  }
  /// The kind of the error that all ranks throw, if any.
  [[nodiscard]] std::optional<ErrorKind> refusal(const std::string& path, bool force,
                                                 Partial::Kind kind = Partial::Kind::file) const {
    try {
      const OutputPath output(comm_, path, force, kind);
    } catch (const mpi::AgreedError& error) {
      EXPECT_FALSE(error.facts().file.empty());
      return error.kind();
    }
    return std::nullopt;
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string out_ = folder_ / "out.h5";
};

TEST_F(OutputPathTest, AppearsWhenItIsCommitted) {
  OutputPath output(comm_, out_, false);
  EXPECT_NE(output.temporary(), out_);
  write(output.temporary(), "whole");
  EXPECT_FALSE(fs::exists(out_));
  output.commit();
  EXPECT_EQ(text_of(out_), "whole");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(OutputPathTest, LeavesNothingWhenItIsAbandoned) {
  {
    const OutputPath output(comm_, out_, false);
    write(output.temporary(), "half");
    EXPECT_EQ(folder_.entries(), 1);
    comm_.barrier();
  }
  comm_.barrier();
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(OutputPathTest, KeepsAnOlderOutputUntilTheCommit) {
  write(out_, "older");
  EXPECT_EQ(refusal(out_, false), ErrorKind::usage);
  EXPECT_EQ(text_of(out_), "older");
  {
    const OutputPath abandoned(comm_, out_, true);
    write(abandoned.temporary(), "half");
  }
  comm_.barrier();
  EXPECT_EQ(text_of(out_), "older");
  EXPECT_EQ(folder_.entries(), 1);
  comm_.barrier();
  OutputPath output(comm_, out_, true);
  write(output.temporary(), "newer");
  output.commit();
  EXPECT_EQ(text_of(out_), "newer");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(OutputPathTest, ReplacesAFolderByAFolder) {
  const auto stack = folder_ / "stack/";
  make_folder(stack);
  write(stack + "old.npy", "older");
  OutputPath output(comm_, stack, true, Partial::Kind::folder);
  write(output.temporary() + "/new.npy", "newer");
  output.commit();
  EXPECT_EQ(text_of(stack + "new.npy"), "newer");
  EXPECT_FALSE(fs::exists(stack + "old.npy"));
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(OutputPathTest, ClearsWhatAKilledRunLeftAndNothingElse) {
  std::string temporary;
  {
    const OutputPath output(comm_, out_, false);
    temporary = output.temporary();
    EXPECT_EQ(whole_name(fs::path(temporary).filename()), "out.h5");
  }
  comm_.barrier();
  // PROCESS-NUMBER.partial: a process beyond the kernel's largest number, and one that lives.
  const auto process = temporary.rfind('-', temporary.rfind('-') - 1) + 1;
  const std::string dead = temporary.substr(0, process) + "2000000000-1.partial";
  const std::string alive = temporary.substr(0, process) + "1-1.partial";
  const std::string user[] = {out_ + ".partial", out_ + ".replaced", alive};
  write(dead, "from a killed run");
  for (const auto& path : user) write(path, "a user's");
  {
    const OutputPath output(comm_, out_, false);
    EXPECT_FALSE(fs::exists(dead));
  }
  comm_.barrier();
  for (const auto& path : user) EXPECT_EQ(text_of(path), "a user's") << path;
  EXPECT_EQ(folder_.entries(), 3);
  EXPECT_FALSE(whole_name("out.h5.partial"));
}

TEST_F(OutputPathTest, TwoOfOneNameDoNotMeet) {
  OutputPath first(comm_, out_, false), second(comm_, out_, false), third(comm_, out_, true);
  EXPECT_NE(first.temporary(), second.temporary());
  write(first.temporary(), "first");
  write(second.temporary(), "second");
  write(third.temporary(), "third");
  first.commit();
  try {
    second.commit();
    FAIL() << "the first was replaced";
  } catch (const mpi::AgreedError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
  EXPECT_EQ(text_of(out_), "first");
  comm_.barrier();
  third.commit();
  EXPECT_EQ(text_of(out_), "third");
}

TEST_F(OutputPathTest, ReplacesOnlyWhatIsOfItsKind) {
  const auto fifo = folder_ / "fifo", folder = folder_ / "folder", file = folder_ / "file";
  EXPECT_EQ(comm_.is_root() ? mkfifo(fifo.c_str(), 0600) : 0, 0);
  make_folder(folder);
  write(file, "a file");
  EXPECT_EQ(refusal(fifo, true), ErrorKind::usage);
  EXPECT_EQ(refusal(folder, true), ErrorKind::usage);
  EXPECT_EQ(refusal(out_ + "/", true), ErrorKind::usage);
  EXPECT_EQ(refusal(file, true, Partial::Kind::folder), ErrorKind::usage);
  EXPECT_TRUE(fs::is_fifo(fifo));
  EXPECT_EQ(refusal(folder_ / std::string(5000, 'x'), true), ErrorKind::storage);
  EXPECT_EQ(refusal(std::string(5000, 'x') + "/out.h5", true), ErrorKind::storage);
  EXPECT_EQ(folder_.entries(), 3);
}

TEST_F(OutputPathTest, WritesWhereALinkLeads) {
  const auto link = folder_ / "link", chain = folder_ / "chain";
  make_folder(folder_ / "far");
  if (comm_.is_root()) {
    fs::create_symlink("far/out.h5", link);
    fs::create_symlink("link", chain);
  }
  comm_.barrier();
  for (const std::string text : {"first", "second"}) {
    OutputPath output(comm_, chain, text == "second");
    write(output.temporary(), text);
    output.commit();
    EXPECT_EQ(text_of(folder_ / "far/out.h5"), text);
    EXPECT_TRUE(fs::is_symlink(chain) && fs::is_symlink(link));
    comm_.barrier();
  }
  EXPECT_EQ(refusal(chain, false), ErrorKind::usage);
}

TEST_F(OutputPathTest, FindsInputsThatItWouldReplace) {
  make_folder(folder_ / "raw");
  const std::string inputs[] = {folder_ / "raw/a.nc"};
  write(inputs[0], "input");
  if (comm_.is_root()) fs::create_symlink("raw/a.nc", folder_ / "link");
  comm_.barrier();
  for (const char* output : {"raw/a.nc", "raw/../raw/a.nc", "raw", "link", "."})
    EXPECT_THROW(expect_no_input(folder_ / output, inputs), base::Error) << output;
  for (const char* output : {"raw/b.nc", "new", "raw/a.nc.partial"})
    EXPECT_NO_THROW(expect_no_input(folder_ / output, inputs)) << output;
}

TEST_F(OutputPathTest, RefusesAnAbsentFolder) {
  EXPECT_EQ(refusal(folder_ / "absent/out.h5", false), ErrorKind::storage);
  EXPECT_EQ(refusal(folder_ / "absent/out.h5", true), ErrorKind::storage);
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(OutputPathTest, AFailedCommitIsAStorageErrorOnAllRanksAndKeepsTheOlderOutput) {
  write(out_, "older");
  {
    OutputPath output(comm_, out_, true);
    if (comm_.is_root()) fs::remove(output.temporary());
    try {
      output.commit();
      FAIL() << "nothing was there to be committed";
    } catch (const mpi::AgreedError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::storage);
    }
  }
  EXPECT_EQ(text_of(out_), "older");
}

TEST_F(OutputPathTest, TextFilesAreWrittenWhole) {
  if (!comm_.is_root()) return;
  const auto path = folder_ / "metrics.csv";
  write_text_file(path, "first");
  write_text_file(path, "second\n");
  EXPECT_EQ(text_of(path), "second\n");
  EXPECT_EQ(folder_.entries(), 1);
  EXPECT_THROW(write_text_file(folder_ / "absent/metrics.csv", "x"), base::Error);
}

}  // namespace
}  // namespace colonnade::io
