#include "temporary_folder.hpp"

#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <gtest/gtest.h>

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
  [[nodiscard]] std::optional<ErrorKind> refusal(const std::string& path, bool force) const {
    try {
      const OutputPath output(comm_, path, force);
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
  OutputPath output(comm_, stack, true);
  make_folder(output.temporary());
  write(output.temporary() + "/new.npy", "newer");
  output.commit();
  EXPECT_EQ(text_of(stack + "new.npy"), "newer");
  EXPECT_FALSE(fs::exists(stack + "old.npy"));
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(OutputPathTest, ClearsWhatAKilledRunLeft) {
  std::string temporary;
  {
    const OutputPath output(comm_, out_, false);
    temporary = output.temporary();
  }
  comm_.barrier();
  write(temporary, "from a killed run");
  const OutputPath output(comm_, out_, false);
  EXPECT_FALSE(fs::exists(temporary));
  comm_.barrier();
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
    try {
      output.commit();  // nothing was written
      FAIL() << "nothing was committed";
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
