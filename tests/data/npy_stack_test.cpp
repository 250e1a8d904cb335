#include "data/prepare_samples.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

namespace colonnade::data {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A .npy file, version 1.0, read by the rules of numpy.lib.format.
struct Npy {
  std::string dictionary;
  std::string body;

  explicit Npy(const std::string& path) {
    const auto bytes = bytes_of(path);
    EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8)) << path;
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(8))) +
                        256 * static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(9)));
    EXPECT_EQ((10 + length) % 64, 0U);
    dictionary = bytes.substr(10, length);
    EXPECT_EQ(dictionary.back(), '\n');
    dictionary.erase(dictionary.find_last_not_of(" \n") + 1);
    body = bytes.substr(10 + length);
  }
  template <typename T>
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> numbers(body.size() / sizeof(T));
    std::memcpy(numbers.data(), body.data(), body.size());
    return numbers;
  }
};

class NpyStack : public testing::Test {
 protected:
  NpyStack() {
    options_ = small_options(make_raw_set(comm_, folder_ / "raw", test::RawFormat::netcdf4, {97}),
                             folder_ / "stack");
    options_.shard_columns = 40;
    options_.npy = true;
    report_ = prepare(comm_, options_, no_progress);
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  PrepareOptions options_;
  PrepareReport report_;
};

TEST_F(NpyStack, HoldsOneFileAShardWithTheRowsOfItsColumns) {
  std::size_t compared = 0;
  std::vector<std::int64_t> seen;
  for (const std::size_t shard : {0U, 1U, 2U}) {
    const std::string number = "/" + std::to_string(shard) + ".npy";
    const std::size_t length = shard == 2 ? 17 : 40;
    const Npy x(options_.out + "/x" + number), sources(options_.out + "/source_column" + number);
    EXPECT_EQ(x.dictionary, "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                                std::to_string(length) + ", 20), }");
    EXPECT_EQ(sources.dictionary, "{'descr': '<i8', 'fortran_order': False, 'shape': (" +
                                      std::to_string(length) + ", ), }");
    const auto rows = x.values<float>();
    const auto columns = sources.values<std::int64_t>();
    ASSERT_EQ(columns.size(), length);
    ASSERT_EQ(rows.size(), 20 * length);
    for (std::size_t i = 0; i < length; ++i, ++compared)
      EXPECT_EQ(std::vector<float>(&rows[20 * i], &rows[20 * i] + 20),
                raw_row(options_.inputs, columns[i]));
    seen.insert(seen.end(), columns.begin(), columns.end());
  }
  EXPECT_EQ(compared, 97U);
  std::sort(seen.begin(), seen.end());
  std::vector<std::int64_t> all(97);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
  EXPECT_FALSE(fs::exists(options_.out + "/x/3.npy"));
}

TEST_F(NpyStack, TellsItsChunksAndItsMetadata) {
  const auto info = bytes_of(options_.out + "/x/info");
  EXPECT_NE(info.find("chunks\n((I40\nI40\nI17\nt(I20\nt"), std::string::npos) << info;
  EXPECT_NE(info.find("V<f4\n"), std::string::npos);
  EXPECT_EQ(info.back(), '.');
  EXPECT_TRUE(fs::exists(options_.out + "/y/info"));
  EXPECT_TRUE(fs::exists(options_.out + "/source_column/info"));
  const auto metadata = nlohmann::json::parse(bytes_of(options_.out + "/metadata.json"));
  EXPECT_EQ(metadata["columns"], 97);
  EXPECT_EQ(metadata["content"], report_.content);
  EXPECT_EQ(metadata["splits"]["train"], (std::vector{0, 78}));
  EXPECT_EQ(Recipe::from_text(metadata["recipe"].dump(), ""), report_.recipe);
}

TEST_F(NpyStack, ReplacesAnOlderStackWhole) {
  auto larger = options_;
  larger.shard_columns = 97;
  prepare(comm_, larger, no_progress);
  EXPECT_FALSE(fs::exists(options_.out + "/x/1.npy"));
  EXPECT_TRUE(fs::exists(options_.out + "/x/0.npy"));
  EXPECT_EQ(folder_.entries(), 2);
}

TEST_F(NpyStack, WantsTheSharesInMemory) {
  auto tiny = options_;
  tiny.memory_bytes = 1;
  const auto error = agreed_error([&] { prepare(comm_, tiny, no_progress); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->kind(), base::ErrorKind::usage);
  EXPECT_FALSE(error->facts().hint.empty());
}

}  // namespace
}  // namespace colonnade::data
