// Damage: every bit of a small file is flipped, and the file is cut at every length.
#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/train/section_file.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

using namespace colonnade;
using train::SectionFile;

namespace {

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void replace(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

class SectionFileTest : public testing::Test {
 protected:
  SectionFileTest() {
    std::iota(values_.begin(), values_.end(), 1.0F);
    write();
  }

  void write() const {
    train::write_sections(path_,
                          std::vector<train::Section>{{"values", std::as_bytes(std::span(values_))},
                                                      {"nothing", {}},
                                                      {"text", std::as_bytes(std::span(text_))}});
  }

  /// What the reader says of the file; "" if it finds nothing wrong.
  [[nodiscard]] std::string complaint() const {
    try {
      const SectionFile file(path_);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::data);
      EXPECT_EQ(error.facts().file, path_);
      return error.facts().value;
    }
    return "";
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "small.ckpt";
  std::vector<float> values_ = std::vector<float>(100);
  std::string text_ = "epoch,step\n";
};

}  // namespace

TEST_F(SectionFileTest, GivesBackWhatWasWritten) {
  const SectionFile file(path_);
  const auto values = file.at("values");
  ASSERT_EQ(values.size(), values_.size() * sizeof(float));
  const auto bytes = std::as_bytes(std::span(values_));
  EXPECT_TRUE(std::equal(values.begin(), values.end(), bytes.begin()));
  EXPECT_TRUE(file.at("nothing").empty());
  EXPECT_EQ(file.at("text").size(), text_.size());
  EXPECT_THROW(static_cast<void>(file.at("absent")), base::Error);
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(SectionFileTest, FindsEveryFlippedBitAndNamesItsPlace) {
  const std::string whole = content_of(path_);
  std::map<std::string, int> found;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    replace(path_, flipped);
    const std::string said = complaint();
    ASSERT_NE(said, "") << "bit " << bit << " of " << 8 * whole.size();
    ++found[said];
  }
  EXPECT_EQ(found["it does not begin as a checkpoint does"], 8 * 16);
  EXPECT_EQ(found["the hash of section values differs"], 8 * 400);
  EXPECT_EQ(found["the hash of section text differs"], 8 * 11);
  EXPECT_GT(found["the hash of its header differs"], 8 * 100);
}

TEST_F(SectionFileTest, FindsEveryTruncationAndWhatWasAdded) {
  const std::string whole = content_of(path_);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    replace(path_, whole.substr(0, length));
    ASSERT_NE(complaint(), "") << length << " of " << whole.size() << " bytes";
  }
  replace(path_, whole + '\0');
  EXPECT_NE(complaint().find("bytes instead of"), std::string::npos);
  replace(path_, whole);
  EXPECT_EQ(complaint(), "");
}

TEST_F(SectionFileTest, NamesAFileThatIsAbsent) {
  try {
    const SectionFile file(folder_ / "absent.ckpt");
    FAIL() << "it was read";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().file, folder_ / "absent.ckpt");
  }
}
