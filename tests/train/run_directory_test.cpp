#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/run_directory.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

using namespace colonnade;
using train::OlderRun;
using train::RunDirectory;

namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class RunDirectoryTest : public testing::Test {
 protected:
  RunDirectoryTest() : folder_(comm_.broadcast(comm_.is_root() ? made() : "")) {}
  ~RunDirectoryTest() override {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) fs::remove_all(folder_, ignored);
  }

  /// The kind of the error that all ranks throw; internal if none does.
  [[nodiscard]] base::ErrorKind refusal(const std::string& name, OlderRun older,
                                        const std::vector<std::string>& inputs = {}) const {
    try {
      const RunDirectory run(comm_, folder_ + name, older, inputs);
    } catch (const mpi::AgreedError& error) {
      EXPECT_FALSE(error.facts().hint.empty());
      return error.kind();
    }
    return base::ErrorKind::internal;
  }

  mpi::Communicator comm_;
  std::string folder_;

 private:
  static std::string made() {
    std::string name = fs::temp_directory_path() / "colonnade_run_XXXXXX";
    return mkdtemp(name.data());
  }
};

}  // namespace

TEST_F(RunDirectoryTest, HoldsTheConfigAndALineAnEpoch) {
  RunDirectory run(comm_, folder_ + "/run/", OlderRun::refused);
  run.start("[train]\nepochs = 2\n");
  for (int epoch = 1; epoch <= 2; ++epoch) {
    train::EpochReport report;
    report.epoch = epoch;
    report.validation_loss = 0.5 / epoch;
    run.add(report);
  }
  comm_.barrier();
  EXPECT_EQ(run.file("config.ini"), folder_ + "/run/config.ini");
  EXPECT_EQ(text_of(run.file("config.ini")), "[train]\nepochs = 2\n");
  std::istringstream lines(text_of(run.file("metrics.csv")));
  std::string head, first, second, beyond;
  std::getline(lines, head);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_FALSE(std::getline(lines, beyond));
  EXPECT_EQ(head.rfind("epoch,step,learning_rate,train_loss,validation_loss,", 0), 0U);
  EXPECT_EQ(std::count(head.begin(), head.end(), ','), std::count(first.begin(), first.end(), ','));
  EXPECT_EQ(second.rfind("2,0,0,0,0.25,", 0), 0U) << second;
}

TEST_F(RunDirectoryTest, GoesOnWithTheTablesOfACheckpointAndNothingBeyond) {
  const train::StepHashes hashes{.step = 7, .epoch = 2, .loss = 0.5, .columns = 0xab};
  {
    RunDirectory run(comm_, folder_ + "/run", OlderRun::refused);
    run.start("config", {.hashes = "step\n"});
    run.add(hashes);
    comm_.barrier();
    EXPECT_EQ(comm_.is_root() ? run.tables().hashes : text_of(run.file("hashes.csv")),
              text_of(run.file("hashes.csv")));
  }
  std::optional<RunDirectory> resumed;
  resumed.emplace(comm_, folder_ + "/run", OlderRun::continued);
  resumed->start("config", {.metrics = "metrics\n", .hashes = "step\n6\n"});
  resumed->add(hashes);
  comm_.barrier();
  EXPECT_EQ(text_of(resumed->file("hashes.csv")), "step\n6\n" + train::hashes_line(hashes) + "\n");
  EXPECT_EQ(text_of(resumed->file("metrics.csv")), "metrics\n");
  comm_.barrier();
  resumed.reset();
  RunDirectory without(comm_, folder_ + "/run", OlderRun::continued);
  without.start("config");
  EXPECT_FALSE(fs::exists(without.file("hashes.csv"))) << "rows beyond the checkpoint";
}

TEST_F(RunDirectoryTest, ReplacesAnOlderRunOnlyByForceAndOnlyWhenItStarts) {
  { RunDirectory(comm_, folder_ + "/run", OlderRun::refused).start("older"); }
  EXPECT_EQ(refusal("/run", OlderRun::refused), base::ErrorKind::usage);
  RunDirectory newer(comm_, folder_ + "/run", OlderRun::replaced);
  EXPECT_EQ(text_of(newer.file("config.ini")), "older");
  comm_.barrier();
  newer.start("newer");
  EXPECT_EQ(text_of(newer.file("config.ini")), "newer");
}

TEST_F(RunDirectoryTest, RemovesNoFileThatIsNotItsOwn) {
  { RunDirectory(comm_, folder_ + "/run", OlderRun::refused).start("older"); }
  const std::string notes = folder_ + "/run/checkpoints/notes.txt", data = folder_ + "/run/data.h5";
  if (comm_.is_root()) {
    fs::create_directory(folder_ + "/run/checkpoints");
    std::ofstream(folder_ + "/run/checkpoints/step_00000007.ckpt") << "own";
    std::ofstream(folder_ + "/run/evaluation_test.json") << "own";
    std::ofstream(notes) << "foreign";
  }
  comm_.barrier();
  EXPECT_EQ(refusal("/run", OlderRun::replaced), base::ErrorKind::usage);
  EXPECT_EQ(refusal("/run", OlderRun::continued), base::ErrorKind::internal);
  comm_.barrier();
  if (comm_.is_root()) {
    fs::remove(notes);
    std::ofstream(data) << "input";
  }
  comm_.barrier();
  EXPECT_EQ(refusal("/run", OlderRun::replaced, {data}), base::ErrorKind::usage);
  EXPECT_EQ(text_of(data), "input");
  comm_.barrier();
  if (comm_.is_root()) fs::remove(data);
  comm_.barrier();
  RunDirectory(comm_, folder_ + "/run", OlderRun::replaced).start("newer");
  EXPECT_FALSE(fs::exists(folder_ + "/run/checkpoints") ||
               fs::exists(folder_ + "/run/evaluation_test.json"));
}

TEST_F(RunDirectoryTest, IsWrittenByOneJobAtATime) {
  RunDirectory first(comm_, folder_ + "/run", OlderRun::refused);
  RunDirectory second(comm_, folder_ + "/run", OlderRun::refused);
  first.start("first");
  RunDirectory third(comm_, folder_ + "/run", OlderRun::replaced);
  for (auto* other : {&second, &third}) {
    try {
      other->start("other");
      FAIL() << "two jobs write one run";
    } catch (const mpi::AgreedError& error) {
      EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    }
    EXPECT_EQ(text_of(first.file("config.ini")), "first");
  }
}

TEST_F(RunDirectoryTest, RefusesFoldersThatAreNotItsOwn) {
  if (comm_.is_root()) {
    fs::create_directory(folder_ + "/papers");
    std::ofstream(folder_ + "/papers/thesis.tex") << "years of work";
  }
  comm_.barrier();
  EXPECT_EQ(refusal("/papers", OlderRun::replaced), base::ErrorKind::usage);
  EXPECT_EQ(text_of(folder_ + "/papers/thesis.tex"), "years of work");
  EXPECT_EQ(refusal("/absent/run", OlderRun::refused), base::ErrorKind::storage);
}
