#include "infer/sample_model.hpp"
#include "temporary_folder.hpp"

#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>

#include <limits>

using namespace colonnade;
using namespace colonnade::test;

namespace {

constexpr std::int64_t columns = 20;

/// The flux that the library makes of raw rows.
std::vector<float> flux_of(colonnade_runner* runner, const std::vector<float>& raw) {
  const auto set = [&](const char* name, std::int64_t place, std::int64_t levels,
                       std::int64_t stride) {
    EXPECT_EQ(colonnade_set_input_float(runner, name, raw.data() + place, columns, levels,
                                        sample_raw_width, stride, nullptr, 0),
              COLONNADE_OK);
  };
  set("albedo", 0, 1, 0);
  set("sun", 1, 1, 0);
  set("T", 3, sample_levels, 1);
  set("q", 8, 4, 2);
  set("cloud", 9, 4, 2);
  Ending ending;
  EXPECT_EQ(colonnade_run(runner, columns, ending.text.data(), 400), COLONNADE_OK)
      << ending.text.data();
  std::vector<float> flux(columns);
  EXPECT_EQ(colonnade_get_output_float(runner, "flux", flux.data(), columns, 1, 1, 1, nullptr, 0),
            COLONNADE_OK);
  return flux;
}

TEST(InferFill, TakesWhatIsNoNumberWhereTheTransformFillsIt) {
  const TemporaryFolder folder;
  const auto path = folder / "model.h5";
  const auto model = sample_model();
  train::write_model(mpi::Communicator(), path, model);
  Ending ending;
  const auto loaded = load(path, ending);
  ASSERT_EQ(ending.status, COLONNADE_OK) << ending.text.data();
  const auto runner = runner_of(loaded, columns, ending);
  auto raw = sample_numbers(static_cast<std::size_t>(columns * sample_raw_width), 1);
  float& albedo = raw[7 * sample_raw_width];
  albedo = std::numeric_limits<float>::quiet_NaN();
  const auto filled = flux_of(runner.get(), raw);
  std::vector<float> predicted(static_cast<std::size_t>(columns * sample_outputs));
  train::Team team(1);
  train::Predictor predictor(model.shape, model.weights, team);
  train::predict_rows(predictor, model.recipe, raw, sample_raw_width, 0, predicted);
  EXPECT_NEAR(filled[7], predicted[7 * sample_outputs + 5], 1e-4);
  albedo = 0.5F;
  EXPECT_EQ(flux_of(runner.get(), raw), filled);
  albedo = 1.5F;
  EXPECT_NE(flux_of(runner.get(), raw)[7], filled[7]);
}

}  // namespace
