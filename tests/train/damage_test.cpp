// Every bit of a model and of a checkpoint is flipped, and both are cut at every length.
#include "damage.hpp"

#include "temporary_folder.hpp"

#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/model_file.hpp>

#include <gtest/gtest.h>

#include <string>

namespace colonnade::train {
namespace {

data::Encoding encoding(std::size_t width) {
  data::Encoding encoding;
  for (std::size_t i = 0; i < width; ++i) {
    encoding.features.push_back({"t[" + std::to_string(i) + "]", "t", "K", 1});
    encoding.transforms.emplace_back();
    encoding.offset.push_back(0.1 * static_cast<double>(i));
    encoding.scale.push_back(1.0 / 3.0);
  }
  return encoding;
}

std::vector<float> values(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) / 7.0F - 1.0F;
  return values;
}

Model small_model() {
  Model model;
  model.shape = {.widths = {3, 2}, .activation = nn::Activation::gelu};
  model.recipe.layout = "flat";
  model.recipe.column_dim = "column";
  model.recipe.arrays = {{"x", {3}, {0, 1, 2}, encoding(3)}, {"y", {2}, {0, 1}, encoding(2)}};
  model.weights = values(nn::parameter_count(model.shape));
  model.provenance = R"({"epoch": 3})";
  return model;
}

Checkpoint small_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.options = {{"--lr", "0.001"}};
  checkpoint.state.position.loss_sum = 0.3;
  checkpoint.state.weights = values(20);
  checkpoint.state.moments = {values(20), values(20)};
  checkpoint.best = {.report = {.epoch = 1}, .weights = values(20)};
  checkpoint.tables = {.metrics = "epoch,step\n1,10\n", .hashes = "step,columns\n1,0a\n"};
  return checkpoint;
}

class Damage : public testing::Test {
 protected:
  [[nodiscard]] std::optional<base::Error> model_error() const {
    return test::error_of([&] { static_cast<void>(read_model(comm_, model_)); });
  }
  [[nodiscard]] std::optional<base::Error> checkpoint_error() const {
    return test::error_of([&] { static_cast<void>(read_checkpoint(checkpoint_)); });
  }

  mpi::Communicator comm_;
  test::TemporaryFolder folder_;
  std::string model_ = folder_ / "model.h5";
  std::string checkpoint_ = checkpoint_path(folder_.path(), 9);
};

TEST_F(Damage, OfAModelIsAlwaysFound) {
  write_model(comm_, model_, small_model());
  ASSERT_FALSE(model_error());
  const auto bytes = std::filesystem::file_size(model_);
  const test::Opinion opinion = [&] { return model_error(); };
  EXPECT_EQ(test::found_flips(model_, 0, 8 * bytes, 1, opinion), 8 * bytes);
  ASSERT_FALSE(model_error()) << "as it was";
  EXPECT_EQ(test::found_truncations(model_, 1, opinion), bytes);
  std::printf("%zu bits and %zu truncations of a model\n", 8 * bytes, bytes);
}

TEST_F(Damage, OfACheckpointIsAlwaysFound) {
  write_checkpoint(checkpoint_, small_checkpoint());
  ASSERT_FALSE(checkpoint_error());
  const auto bytes = std::filesystem::file_size(checkpoint_);
  const test::Opinion opinion = [&] { return checkpoint_error(); };
  EXPECT_EQ(test::found_flips(checkpoint_, 0, 8 * bytes, 1, opinion), 8 * bytes);
  ASSERT_FALSE(checkpoint_error()) << "as it was";
  EXPECT_EQ(test::found_truncations(checkpoint_, 1, opinion), bytes);
  std::printf("%zu bits and %zu truncations of a checkpoint\n", 8 * bytes, bytes);
}

TEST_F(Damage, LeavesTheCheckpointBefore) {
  write_checkpoint(checkpoint_path(folder_.path(), 8), small_checkpoint());
  write_checkpoint(checkpoint_, small_checkpoint());
  const auto bytes = std::filesystem::file_size(checkpoint_);
  std::size_t passed_over = 0;
  for (std::size_t bit = 0; bit < 8 * bytes; bit += 101, ++passed_over) {
    test::flip_bit(checkpoint_, bit);
    const auto found = newest_checkpoint(folder_.path());
    ASSERT_TRUE(found.checkpoint) << bit;
    EXPECT_EQ(found.path, checkpoint_path(folder_.path(), 8)) << bit;
    ASSERT_EQ(found.passed_over.size(), 1U) << bit;
    EXPECT_EQ(found.passed_over[0].facts().file, checkpoint_) << bit;
    test::flip_bit(checkpoint_, bit);
  }
  EXPECT_EQ(newest_checkpoint(folder_.path()).path, checkpoint_);
  EXPECT_GT(passed_over, 80U);
}

}  // namespace
}  // namespace colonnade::train
