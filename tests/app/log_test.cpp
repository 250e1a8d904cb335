#include <colonnade/app/log.hpp>
#include <colonnade/base/error.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

using namespace colonnade;
namespace fs = std::filesystem;

TEST(Log, AppendsLinesWithTheirTimeAndFlushesEach) {
  const auto path = fs::path(testing::TempDir()) / "colonnade_log_test.txt";
  fs::remove(path);
  const auto first = app::make_log(path);
  first->info("epoch {}", 1);
  app::make_log(path)->warn("binding");
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 2);
  const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d )";
  EXPECT_TRUE(std::regex_match(lines[0], std::regex(time + "info epoch 1"))) << lines[0];
  EXPECT_TRUE(std::regex_match(lines[1], std::regex(time + "warning binding"))) << lines[1];
  fs::remove(path);
}

TEST(Log, ThatCannotBeOpenedIsAStorageError) {
  try {
    app::make_log("/proc/absent/log.txt");
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::storage);
    EXPECT_EQ(error.facts().file, "/proc/absent/log.txt");
  }
}
