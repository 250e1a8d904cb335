// A disc that is full: a small file system in memory, which only root can mount.
#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace colonnade::io {
namespace {

constexpr std::uint64_t disc_bytes = std::uint64_t{4} << 20;

class FullDisc : public testing::Test {
 protected:
  void SetUp() override {
    const std::string size = "size=" + std::to_string(disc_bytes);
    if (mount("none", folder_.path().c_str(), "tmpfs", 0, size.c_str()) != 0)
      GTEST_SKIP() << "NOT SHOWN: a full disc; a tmpfs cannot be mounted (" << std::strerror(errno)
                   << ")";
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }

  test::TemporaryFolder folder_;
  bool mounted_ = false;
};

TEST_F(FullDisc, IsMetBeforeTheFirstByte) {
  const auto path = folder_ / "out.h5";
  std::ofstream(path) << "header";
  EXPECT_NO_THROW(reserve_bytes(path, disc_bytes / 2));
  EXPECT_EQ(std::filesystem::file_size(path), 6U) << "reserving does not lengthen the file";
  try {
    reserve_bytes(path, 2 * disc_bytes);
    FAIL() << "twice the disc was reserved";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().file, path);
    EXPECT_NE(error.facts().hint.find("are free"), std::string::npos);
  }
}

TEST_F(FullDisc, LeavesAnOlderTextFileAsItWas) {
  const auto path = folder_ / "metrics.csv";
  write_text_file(path, "older");
  EXPECT_THROW(write_text_file(path, std::string(2 * disc_bytes, 'x')), base::Error);
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "older");
  EXPECT_EQ(folder_.entries(), 1);
}

TEST(ReserveBytes, OfAFileThatDoesNotExistIsAnError) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(reserve_bytes(folder / "absent.h5", 1), base::Error);
}

}  // namespace
}  // namespace colonnade::io
