#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/train/search_journal.hpp>
#include <colonnade/train/search_table.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

using namespace colonnade::train;
using colonnade::base::Error;
using colonnade::base::ErrorKind;

namespace {

const SearchOptions options{{"--grid", "lr=[1,2]"}, {"--folds", "3"}};

TrialRecord record_of(double loss) {
  return {.loss = loss, .best_epoch = 2, .epochs = 3, .seconds = 1.25, .ranks = 2};
}

TrialRecord failed(const char* message) {
  return {.status = TrialStatus::failed, .message = message};
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string message_of(ErrorKind kind, const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "no error";
}

class Journal : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_ / "trials.jsonl"; }
  [[nodiscard]] std::map<TrialKey, TrialRecord> resumed() const {
    SearchJournal journal(path());
    EXPECT_TRUE(journal.resume(options));
    return journal.records();
  }

  colonnade::test::TemporaryFolder folder_;
};

}  // namespace

TEST_F(Journal, RecordsKeepAllBits) {
  TrialRecord record = record_of(0.1 + 0.2);
  record.accuracy = 1.0 / 3.0;
  record.message = "a \"quoted\", text\nof two lines";
  EXPECT_EQ(TrialRecord::from_text(record.text()), record);
  EXPECT_EQ(TrialRecord::from_text(record_of(1e-300).text()), record_of(1e-300));
}

TEST_F(Journal, GoesOnWithWhatHasEnded) {
  EXPECT_FALSE(SearchJournal(path()).resume(options));
  SearchJournal journal(path());
  journal.start(options);
  journal.begin({0, 0, 0});
  journal.begin({0, 1, 2});
  journal.end({0, 1, 2}, record_of(0.5));
  journal.begin({0, 1, 1});
  journal.end({0, 1, 1}, failed("overflow"));
  EXPECT_EQ(resumed(), (std::map<TrialKey, TrialRecord>{{{0, 1, 2}, record_of(0.5)},
                                                        {{0, 1, 1}, failed("overflow")}}));
}

TEST_F(Journal, ATrialThatTwoJobsDiedWithIsLost) {
  SearchJournal journal(path());
  journal.start(options);
  journal.begin({0, 0, 0});
  journal.end({0, 0, 0}, {.status = TrialStatus::stopped});
  for (int job = 0; job < 2; ++job) {
    EXPECT_TRUE(resumed().empty());
    SearchJournal next(path());
    ASSERT_TRUE(next.resume(options));
    next.begin({0, 0, 0});
  }
  const auto records = resumed();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records.begin()->second.status, TrialStatus::lost);
  EXPECT_EQ(resumed(), records);
}

TEST_F(Journal, WhatTheEndOfTheJobCutOffDoesNotCount) {
  SearchJournal journal(path());
  journal.start(options);
  journal.begin({0, 0, 0});
  const std::string whole = read(path());
  journal.end({0, 0, 0}, record_of(0.5));
  const std::string all = read(path());
  for (std::size_t length = whole.size(); length < all.size(); length += 7) {
    write(path(), all.substr(0, length));
    EXPECT_TRUE(resumed().empty()) << length;
    EXPECT_EQ(read(path()), whole);
  }
  for (std::size_t length = 0; length < whole.find('\n'); ++length) {
    write(path(), all.substr(0, length));
    EXPECT_FALSE(SearchJournal(path()).resume(options)) << length;
  }
}

TEST_F(Journal, EveryFlippedBitIsFound) {
  SearchJournal journal(path());
  journal.start(options);
  journal.begin({0, 0, 0});
  journal.end({0, 0, 0}, record_of(0.5));
  const std::string all = read(path());
  // The last line break is apart: without it the line was cut off.
  for (std::size_t place = 0; place + 1 < all.size(); ++place) {
    std::string damaged = all;
    damaged[place] = static_cast<char>(damaged[place] ^ 4);
    write(path(), damaged);
    const auto message =
        message_of(ErrorKind::data, [&] { SearchJournal(path()).resume(options); });
    EXPECT_NE(message.find("damaged or changed"), std::string::npos) << place << ' ' << message;
  }
}

TEST_F(Journal, AnotherSearchIsRefused) {
  SearchJournal(path()).start(options);
  auto other = options;
  other[1].second = "4";
  const auto message = message_of(ErrorKind::usage, [&] { SearchJournal(path()).resume(other); });
  EXPECT_NE(message.find("--folds is 4, but 3 in the search"), std::string::npos) << message;
}

TEST(SearchTable, RanksTheLastRungFirst) {
  std::map<TrialKey, TrialRecord> records;
  const double losses[4][2] = {{0.5, 0.7}, {0.1, 0.3}, {0.4, 0.2}, {9.0, 9.0}};
  for (std::int64_t configuration = 0; configuration < 4; ++configuration)
    for (std::int64_t fold = 0; fold < 2; ++fold)
      records[{0, configuration, fold}] = record_of(losses[configuration][fold]);
  records[{0, 3, 1}] = failed("the loss, \"it\" overflowed");
  records[{1, 2, 0}] = record_of(0.9);
  records[{1, 2, 1}] = record_of(0.7);
  records[{1, 1, 0}] = record_of(0.1);
  const std::vector<Configuration> configurations{
      {{"lr", "1"}}, {{"lr", "2"}}, {{"lr", "3,4"}}, {{"lr", "5"}}};
  // A configuration whose rung has not ended is left out.
  EXPECT_EQ(search_csv(search_rows(records, 2), configurations),
            "configuration,lr,rank,loss_mean,loss_std,loss_1,loss_2,epochs,status,message\n"
            "1,1,2,0.6,0.1,0.5,0.7,3,halved,\n"
            "3,\"3,4\",1,0.8,0.1,0.9,0.7,3,done,\n"
            "4,5,,,,9,,3,failed,\"the loss, \"\"it\"\" overflowed\"\n");
  records[{1, 1, 1}] = record_of(0.7);
  const auto rows = search_rows(records, 2);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].rank, 3);
  EXPECT_EQ(rows[1].rank, 1);
  EXPECT_EQ(rows[2].rank, 2);
  EXPECT_EQ(rows[3].rank, 0);
  EXPECT_EQ(times_csv({{{1, 2, 0}, record_of(0.9)}}),
            "rung,configuration,fold,epochs,best_epoch,seconds,ranks,status\n"
            "2,3,1,3,2,1.250,2,done\n");
}

TEST(SearchTable, EqualLossesRankInTheirOrder) {
  std::map<TrialKey, TrialRecord> records;
  for (std::int64_t configuration = 0; configuration < 3; ++configuration)
    records[{0, configuration, 0}] = record_of(configuration == 2 ? 0.1 : 0.5);
  const auto rows = search_rows(records, 1);
  EXPECT_EQ(rows[0].rank, 2);
  EXPECT_EQ(rows[1].rank, 3);
  EXPECT_EQ(rows[2].rank, 1);
  const std::vector<Configuration> configurations{{{"lr", "1"}}, {{"lr", "2"}}, {{"lr", "3"}}};
  const auto text = search_text(rows, configurations, 2);
  EXPECT_NE(text.find("and 1 more"), std::string::npos) << text;
  EXPECT_LT(text.find("\n   1              3"), text.find("\n   2              1")) << text;
}
