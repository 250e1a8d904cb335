#include "damage.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/seal.hpp>

#include <gtest/gtest.h>

#include <string>

namespace colonnade::io {
namespace {

constexpr std::size_t trailer_bytes = 40, stretch_bytes = 24;

class Seal : public testing::Test {
 protected:
  void write(std::size_t bytes) const {
    std::string content;
    for (std::size_t i = 0; i < bytes; ++i) content += static_cast<char>(i * 131 + i / 256);
    std::ofstream(path_, std::ios::binary) << content;
  }
  [[nodiscard]] std::optional<base::Error> error() const {
    return test::error_of([&] { check_seal(path_, "model", "train again"); });
  }
  [[nodiscard]] std::size_t found(std::size_t begin_byte, std::size_t end_byte) const {
    return test::found_flips(path_, 8 * begin_byte, 8 * end_byte, 1, [&] { return error(); });
  }
  [[nodiscard]] std::size_t size() const { return std::filesystem::file_size(path_); }

  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "file";
};

TEST_F(Seal, FindsEveryFlippedBitButThoseOfTheBulk) {
  write(500);
  seal(path_, {{300, 450}, {100, 200}});
  ASSERT_EQ(size(), 500 + 3 * stretch_bytes + trailer_bytes);
  EXPECT_TRUE(has_seal(path_));
  EXPECT_FALSE(error());
  EXPECT_EQ(found(0, 100), 8U * 100);
  EXPECT_EQ(found(100, 200), 0U);
  EXPECT_EQ(found(200, 300), 8U * 100);
  EXPECT_EQ(found(300, 450), 0U);
  EXPECT_EQ(found(450, size()), 8 * (size() - 450));
  EXPECT_FALSE(error());
}

TEST_F(Seal, SaysWhereTheFileDiffers) {
  write(500);
  seal(path_, {{100, 200}});
  test::flip_bit(path_, 8 * 250);
  EXPECT_STREQ(error()->what(), (path_ + ": the model was damaged or changed since it was written "
                                         "(in bytes 200 to 499); train again")
                                    .c_str());
  test::flip_bit(path_, 8 * 250);
  test::flip_bit(path_, 8 * 510);
  EXPECT_EQ(error()->facts().value, "in its seal, the last bytes");
}

TEST_F(Seal, FindsEveryTruncationAndWhatWasAdded) {
  write(500);
  seal(path_, {{100, 200}});
  std::ofstream(path_, std::ios::binary | std::ios::app) << 'x';
  EXPECT_TRUE(error());
  std::filesystem::resize_file(path_, size() - 1);
  ASSERT_FALSE(error());
  const std::size_t bytes = size();
  EXPECT_EQ(test::found_truncations(path_, 1, [&] { return error(); }), bytes);
  EXPECT_EQ(size(), 0U);
}

TEST_F(Seal, CoversFilesOfMoreThanOneBlock) {
  write((3U << 20) + 5);
  const std::size_t bytes = size();
  seal(path_);
  ASSERT_FALSE(error());
  for (const std::size_t byte : {std::size_t{0}, bytes / 3, bytes / 2, bytes - 1})
    EXPECT_EQ(found(byte, byte + 1), 8U) << byte;
}

TEST_F(Seal, OfAFileOfBulkAloneGuardsItself) {
  write(64);
  seal(path_, {{0, 64}});
  EXPECT_EQ(size(), 64 + trailer_bytes);
  EXPECT_FALSE(error());
  EXPECT_EQ(found(64, size()), 8 * trailer_bytes);
}

TEST_F(Seal, IsMissedInOtherFiles) {
  write(1000);
  EXPECT_FALSE(has_seal(path_));
  EXPECT_EQ(error()->kind(), base::ErrorKind::data);
  EXPECT_EQ(error()->facts().hint, "train again");
  EXPECT_NE(error()->sentence().find("not a model"), std::string::npos);
  std::filesystem::remove(path_);
  EXPECT_EQ(error()->kind(), base::ErrorKind::storage);
}

}  // namespace
}  // namespace colonnade::io
