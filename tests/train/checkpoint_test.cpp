#include "temporary_folder.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/checkpoint_writer.hpp>

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace colonnade;
using namespace colonnade::train;

namespace fs = std::filesystem;

namespace {

constexpr std::size_t parameters = 6000;

std::vector<float> values(float start) {
  std::vector<float> all(parameters);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = start + 0.25F * static_cast<float>(i);
  return all;
}

Checkpoint checkpoint_at(std::int64_t step) {
  Checkpoint checkpoint;
  checkpoint.options = {{"--lr", "0.001"}, {"--schedule", "constant"}, {"--epochs", "20"}};
  auto& position = checkpoint.state.position;
  position.epoch = step / 10;
  position.step = step % 10;
  position.loss_sum = 0.1 + 0.2;
  position.seconds = 1.0 / 3.0;
  position.schedule.reduction = 0.125;
  position.schedule.epochs_without_improvement = 4;
  position.best_epoch = 1;
  position.best_loss = std::nextafter(0.7, 1.0);
  checkpoint.state.weights = values(static_cast<float>(step));
  checkpoint.state.moments = {values(-1.0F), values(0.5F)};
  checkpoint.best = {.report = {.epoch = 1, .step = 10, .train_loss = 0.3}, .weights = values(7)};
  checkpoint.last.epoch = 2;
  checkpoint.last.validation_loss = 1e-300;
  checkpoint.instruction_set = "avx512_core";
  checkpoint.tables = {.metrics = "epoch,step\n1,10\n", .hashes = "step,columns\n1,0a\n"};
  return checkpoint;
}

void damage(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-5, std::ios::end);
  file.put('\x7f');
}

std::string refusal(const ResultOptions& mine) {
  try {
    expect_same_result(mine, checkpoint_at(3), "c.ckpt");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::usage);
    return error.sentence();
  }
  return "";
}

}  // namespace

TEST(Checkpoint, ComesBackWithTheSameBits) {
  const test::TemporaryFolder folder;
  const auto written = checkpoint_at(23);
  write_checkpoint(folder / "c.ckpt", written);
  const auto read = read_checkpoint(folder / "c.ckpt");
  EXPECT_EQ(read.options, written.options);
  EXPECT_EQ(read.state.weights, written.state.weights);
  EXPECT_EQ(read.state.moments, written.state.moments);
  EXPECT_EQ(read.best.weights, written.best.weights);
  EXPECT_EQ(read.tables.metrics, written.tables.metrics);
  EXPECT_EQ(read.tables.hashes, written.tables.hashes);
  const auto &now = read.state.position, &then = written.state.position;
  EXPECT_EQ(now.epoch, 2);
  EXPECT_EQ(now.step, 3);
  EXPECT_EQ(now.loss_sum, then.loss_sum);
  EXPECT_EQ(now.seconds, then.seconds);
  EXPECT_EQ(now.schedule.best_loss, std::numeric_limits<double>::infinity());
  EXPECT_EQ(now.schedule.epochs_without_improvement, 4);
  EXPECT_EQ(now.schedule.reduction, 0.125);
  EXPECT_EQ(now.best_epoch, 1);
  EXPECT_EQ(now.best_loss, then.best_loss);
  EXPECT_EQ(read.best.report.step, 10);
  EXPECT_EQ(read.best.report.train_loss, 0.3);
  EXPECT_EQ(read.last.validation_loss, 1e-300);
  EXPECT_EQ(read.instruction_set, "avx512_core");
}

TEST(Checkpoint, IsRefusedUnderOptionsThatChangeTheResult) {
  EXPECT_EQ(refusal({{"--lr", "0.001"}, {"--epochs", "20"}}), "");
  EXPECT_EQ(refusal({{"--lr", "0.002"}, {"--epochs", "20"}}),
            "--lr is 0.002, but 0.001 in the checkpoint");
  EXPECT_EQ(refusal({{"--clip", "1"}}), "--clip is 1, but none in the checkpoint");
}

// It stands in the first epoch of 20.
TEST(Checkpoint, MayGetOtherEpochsUnderAScheduleThatDoesNotEnd) {
  for (const char* epochs : {"30", "19", "1"})
    EXPECT_EQ(refusal({{"--schedule", "constant"}, {"--epochs", epochs}}), "") << epochs;
  EXPECT_EQ(refusal({{"--schedule", "constant"}, {"--epochs", "0"}}),
            "--epochs is 0, but 20 in the checkpoint");
  EXPECT_EQ(refusal({{"--epochs", "30"}, {"--schedule", "cosine"}}),
            "--epochs is 30, but 20 in the checkpoint");
}

TEST(CheckpointFolder, GivesTheNewestWholeOneAndLeavesDamagedOnes) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(newest_checkpoint(folder / "absent").checkpoint);
  for (const std::int64_t step : {9, 10, 200}) {
    write_checkpoint(checkpoint_path(folder.path(), step), checkpoint_at(step));
  }
  std::ofstream(folder / "step_9999.ckpt.colonnade-host-1-1.partial") << "half";
  std::ofstream(folder / "step_x.ckpt") << "not ours";
  damage(checkpoint_path(folder.path(), 200));
  const auto found = newest_checkpoint(folder.path());
  ASSERT_TRUE(found.checkpoint);
  EXPECT_EQ(found.path, folder / "step_00000010.ckpt");
  EXPECT_EQ(found.checkpoint->state.weights, values(10));
  ASSERT_EQ(found.passed_over.size(), 1U);
  EXPECT_EQ(found.passed_over[0].facts().file, folder / "step_00000200.ckpt");
  EXPECT_EQ(found.passed_over[0].facts().value, "the hash of section moment_1 differs");
  EXPECT_EQ(folder.entries(), 5);
}

TEST(CheckpointWriter, KeepsTheNewestAndThoseBeyondTheStep) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "checkpoints";
  CheckpointWriter writer(path, 2);
  EXPECT_FALSE(writer.wait());
  for (const std::int64_t step : {50, 1, 2, 3}) {
    writer.start(step, checkpoint_at(step));
    if (step == 2)
      std::ofstream(path + "/step_2.ckpt.colonnade-host-1-1.partial")
          << "of a writer that was killed";
    const auto written = writer.wait();
    ASSERT_TRUE(written);
    EXPECT_FALSE(written->error) << written->error->what();
    EXPECT_EQ(written->step, step);
    EXPECT_GT(written->seconds, 0.0);
  }
  EXPECT_FALSE(writer.poll());
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(path)) left.push_back(entry.path().filename());
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{"step_00000002.ckpt", "step_00000003.ckpt",
                                            "step_00000050.ckpt"}));
}

TEST(CheckpointWriter, TellsOfAFullDiscAndLeavesTheOneBefore) {
  const test::TemporaryFolder folder;
  if (mount("none", folder.path().c_str(), "tmpfs", 0, "size=512k") != 0)
    GTEST_SKIP() << "NOT SHOWN: a full disc; a tmpfs cannot be mounted (" << std::strerror(errno)
                 << ")";
  const auto unmount =
      std::shared_ptr<void>(nullptr, [&](void*) { umount2(folder.path().c_str(), MNT_DETACH); });
  CheckpointWriter writer(folder.path(), 2);
  writer.start(1, checkpoint_at(1));
  ASSERT_FALSE(writer.wait()->error);
  const auto bytes = fs::file_size(checkpoint_path(folder.path(), 1));
  int refused = 0, written = 0;
  for (std::uintmax_t free = 0; free <= bytes + 16384; free += 4096) {
    const std::string filler = folder / "filler";
    fs::remove(filler);
    const auto room = fs::space(folder.path()).available;
    ASSERT_GT(room, free);
    std::ofstream(filler) << std::string(room - free, 'x');
    writer.start(2, checkpoint_at(2));
    const auto outcome = writer.wait();
    const auto found = newest_checkpoint(folder.path());
    ASSERT_TRUE(found.checkpoint) << free;
    EXPECT_TRUE(found.passed_over.empty()) << free;
    if (!outcome->error) {
      ++written;
      EXPECT_EQ(found.checkpoint->state.weights, values(2));
      fs::remove(checkpoint_path(folder.path(), 2));
      continue;
    }
    ++refused;
    EXPECT_EQ(outcome->error->kind(), base::ErrorKind::storage);
    EXPECT_EQ(outcome->error->facts().file, checkpoint_path(folder.path(), 2));
    EXPECT_EQ(found.checkpoint->state.weights, values(1)) << free;
    EXPECT_EQ(folder.entries(), 2) << "nothing half-written is left";
  }
  EXPECT_GT(refused, 20);
  EXPECT_GT(written, 2);
}
