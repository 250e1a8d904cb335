#include "infer/sample_model.hpp"
#include "temporary_folder.hpp"

#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace colonnade;
using namespace colonnade::test;
using Kind = data::Classes::Kind;

namespace {

constexpr std::int64_t columns = 150;

/// The sample's network, its outputs being the logits of classes.
train::Model class_model(Kind kind) {
  auto model = sample_model();
  auto& recipe = model.recipe;
  recipe.classes = data::Classes{.kind = kind};
  recipe.targets = {raw_variable("surface", {}, "1")};
  auto& encoding = recipe.array("y").encoding;
  for (std::size_t c = 0; c < sample_outputs; ++c) {
    const auto name = "class_" + std::to_string(c);
    recipe.classes->classes.push_back({name});
    encoding.features[c] = {name, name, "1", -1};
    encoding.transforms[c] = data::Transform::parse("identity");
    encoding.offset[c] = 0.0;
    encoding.scale[c] = 1.0;
  }
  return model;
}

class InferClasses : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    const auto model = class_model(GetParam());
    train::write_model(mpi::Communicator(), path_, model);
    raw_ = sample_numbers(static_cast<std::size_t>(columns * sample_raw_width), 1);
    predicted_.resize(static_cast<std::size_t>(columns * sample_outputs));
    train::Team team(1);
    train::Predictor predictor(model.shape, model.weights, team);
    train::predict_rows(predictor, model.recipe, raw_, sample_raw_width, 0, predicted_);
    model_ = load(path_, ending_);
    ASSERT_EQ(ending_.status, COLONNADE_OK) << ending_.text.data();
  }

  void set(const RunnerHandle& runner, const char* name, std::size_t place, std::int64_t levels,
           std::int64_t stride) {
    ASSERT_EQ(colonnade_set_input_float(runner.get(), name, raw_.data() + place, columns, levels,
                                        sample_raw_width, stride, ending_.text.data(), 400),
              COLONNADE_OK)
        << ending_.text.data();
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "model.h5";
  std::vector<float> raw_, predicted_;
  Ending ending_;
  ModelHandle model_;
};

}  // namespace

TEST_P(InferClasses, GiveTheProbabilitiesOfPredict) {
  ASSERT_EQ(colonnade_output_count(model_.get()), 1);
  EXPECT_STREQ(colonnade_output(model_.get(), 0).name, "surface_probability");
  EXPECT_EQ(colonnade_output(model_.get(), 0).levels, sample_outputs);
  const auto runner = runner_of(model_, columns, ending_);
  set(runner, "albedo", 0, 1, 0);
  set(runner, "sun", 1, 1, 0);
  set(runner, "T", 3, sample_levels, 1);
  set(runner, "q", 8, 4, 2);
  set(runner, "cloud", 9, 4, 2);
  ASSERT_EQ(colonnade_run(runner.get(), columns, ending_.text.data(), 400), COLONNADE_OK)
      << ending_.text.data();
  std::vector<float> found(predicted_.size()), third(columns);
  ASSERT_EQ(colonnade_get_output_float(runner.get(), "surface_probability", found.data(), columns,
                                       sample_outputs, sample_outputs, 1, nullptr, 0),
            COLONNADE_OK);
  ASSERT_EQ(colonnade_get_output_float(runner.get(), "class_3", third.data(), columns, 1, 1, 0,
                                       nullptr, 0),
            COLONNADE_OK);
#ifdef COLONNADE_INFER_PLAIN
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], predicted_[i], 1e-4F) << i;
#else
  ASSERT_EQ(std::memcmp(found.data(), predicted_.data(), found.size() * sizeof(float)), 0);
#endif
  std::int64_t sums_of_one = 0;
  for (std::size_t c = 0; c < columns; ++c) {
    EXPECT_EQ(third[c], found[c * sample_outputs + 3]);
    float sum = 0.0F;
    for (std::size_t o = 0; o < sample_outputs; ++o) {
      const float p = found[c * sample_outputs + o];
      EXPECT_TRUE(p >= 0.0F && p <= 1.0F) << p;
      sum += p;
    }
    sums_of_one += std::abs(sum - 1.0F) < 1e-5F ? 1 : 0;
  }
  if (GetParam() == Kind::one)
    EXPECT_EQ(sums_of_one, columns);
  else
    EXPECT_LT(sums_of_one, columns / 2);
}

INSTANTIATE_TEST_SUITE_P(Kinds, InferClasses, testing::Values(Kind::one, Kind::many),
                         [](const auto& info) { return info.param == Kind::one ? "one" : "many"; });
