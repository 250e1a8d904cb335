#include "damage.hpp"
#include "infer/sample_model.hpp"
#include "temporary_folder.hpp"

#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/seal.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

using namespace colonnade;
using namespace colonnade::test;

namespace {

/// What a sealed model file holds, to be told wrongly.
struct Content {
  std::string format = "colonnade model 2", activation = "silu";
  std::vector<std::int64_t> widths = sample_model().shape.widths;
  nlohmann::json recipe = nlohmann::json::parse(sample_model().recipe.text());
  std::vector<float> weights = sample_model().weights;
};

void write_content(const std::string& path, const Content& content) {
  auto file = io::Hdf5File::create(path);
  const auto count = static_cast<std::int64_t>(content.weights.size());
  file.write_all<float>("weights", {{"parameter", count}}, content.weights);
  file.write_all<std::int64_t>(
      "widths", {{"layer", static_cast<std::int64_t>(content.widths.size())}}, content.widths);
  file.write_text("recipe", content.recipe.dump());
  file.set_attribute("", "format", content.format);
  file.set_attribute("", "activation", content.activation);
  file.close();
  io::seal(path);
}

class BadModel : public testing::Test {
 protected:
  /// Loads the file; it must be refused as data, with a text that names the file.
  std::optional<base::Error> opinion() {
    const auto model = load(path_, ending_);
    if (ending_.status == COLONNADE_OK) return std::nullopt;
    EXPECT_EQ(model, nullptr);
    return base::Error(static_cast<base::ErrorKind>(ending_.status), ending_.text.data(),
                       {.file = ending_.tells(path_) ? path_ : ""});
  }

  const mpi::Communicator comm_;
  TemporaryFolder folder_;
  std::string path_ = folder_ / "model.h5";
  Ending ending_;
};

}  // namespace

TEST_F(BadModel, IsRefusedWithAnyBitFlippedOrCutAnywhere) {
  train::write_model(comm_, path_, sample_model());
  ASSERT_FALSE(opinion());
  const std::size_t bits = std::filesystem::file_size(path_) * 8;
  const std::size_t stride = 8 * 61 + 1, cut = 197;
  const auto reader = [&] { return opinion(); };
  EXPECT_EQ(found_flips(path_, 0, bits, stride, reader), (bits + stride - 1) / stride);
  EXPECT_GT(bits / stride, 200U);
  ASSERT_FALSE(opinion()) << "all bits are back";
  EXPECT_EQ(found_truncations(path_, cut, reader), (bits / 8 + cut - 1) / cut);
}

TEST_F(BadModel, IsRefusedWhenItIsNoModel) {
  load(path_, ending_);
  EXPECT_EQ(ending_.status, COLONNADE_STORAGE);
  EXPECT_TRUE(ending_.tells("no such file"));
  std::ofstream(path_).close();
  EXPECT_TRUE(is_named(path_, [&] { return opinion(); }));
  EXPECT_TRUE(ending_.tells("empty"));
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_TRUE(is_named(path_, [&] { return opinion(); }));
  io::seal(path_);
  EXPECT_TRUE(is_named(path_, [&] { return opinion(); })) << "sealed, but no HDF5";
  load(folder_.path(), ending_);
  EXPECT_EQ(ending_.status, COLONNADE_DATA);
  auto file = io::Hdf5File::create(path_);
  file.set_attribute("", "format", "colonnade prepared 1");
  file.close();
  io::seal(path_);
  EXPECT_TRUE(is_named(path_, [&] { return opinion(); }));
  EXPECT_TRUE(ending_.tells("not a model"));
}

TEST_F(BadModel, OfANewerFormatIsToldApart) {
  Content content;
  write_content(path_, content);
  ASSERT_FALSE(opinion()) << ending_.text.data();
  content.format = "colonnade model 5";
  write_content(path_, content);
  EXPECT_TRUE(is_named(path_, [&] { return opinion(); }));
  EXPECT_TRUE(ending_.tells("newer") && ending_.tells("model 5")) << ending_.text.data();
}

TEST_F(BadModel, WhosePartsDoNotFitIsRefused) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  using Change = std::function<void(Content&)>;
  const auto x = [](Content& c) -> nlohmann::json& { return c.recipe["arrays"][0]["encoding"]; };
  const std::vector<std::pair<const char*, Change>> changes{
      {"fewer weights", [](Content& c) { c.weights.pop_back(); }},
      {"more weights", [](Content& c) { c.weights.push_back(1); }},
      {"a wild width", [](Content& c) { c.widths[1] = most; }},
      {"widths whose product wraps", [](Content& c) { c.widths[0] = c.widths[1] = most / 2 + 1; }},
      {"no width", [](Content& c) { c.widths[1] = 0; }},
      {"a negative width", [](Content& c) { c.widths[2] = -33; }},
      {"one layer", [](Content& c) { c.widths.resize(1); }},
      {"an unknown activation", [](Content& c) { c.activation = "mish"; }},
      {"no recipe", [](Content& c) { c.recipe = nullptr; }},
      {"another recipe",
       [](Content& c) {
         c.recipe = {{"layout", "flat"}};
       }},
      {"another layout", [](Content& c) { c.recipe["layout"] = "levels"; }},
      {"no inputs", [](Content& c) { c.recipe["arrays"].erase(0); }},
      {"fewer features", [&](Content& c) { x(c)["features"].erase(0); }},
      {"fewer scales", [&](Content& c) { x(c)["scale"].erase(0); }},
      {"an offset that is null", [&](Content& c) { x(c)["offset"][0] = nullptr; }},
      {"an unknown transform", [&](Content& c) { x(c)["transforms"][1] = "root8"; }},
      {"a feature twice", [&](Content& c) { x(c)["features"][3] = x(c)["features"][2]; }},
      {"a level too high", [&](Content& c) { x(c)["features"][3]["level"] = 5; }},
      {"a level below 0", [&](Content& c) { x(c)["features"][3]["level"] = -2; }},
      {"a feature from nowhere", [&](Content& c) { x(c)["features"][3]["variable"] = "Tq"; }},
      {"a name for a level", [&](Content& c) { x(c)["features"][8]["variable"] = "T[1]"; }},
      {"a wild shape",
       [&](Content& c) {
         c.recipe["inputs"][1]["shape"] = {most, most};
       }},
      {"a shape of nothing", [](Content& c) { c.recipe["inputs"][1]["shape"] = {0}; }},
      {"fewer names", [](Content& c) { c.recipe["inputs"][2]["feature_names"].erase(0); }},
      {"a name twice", [](Content& c) { c.recipe["inputs"][1]["name"] = "q"; }}};
  for (const auto& [what, change] : changes) {
    Content content;
    change(content);
    write_content(path_, content);
    EXPECT_TRUE(is_named(path_, [&] { return opinion(); })) << what << ": " << ending_.text.data();
  }
  EXPECT_EQ(changes.size(), 25U);
}
