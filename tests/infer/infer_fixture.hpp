#pragma once

#include "infer/sample_model.hpp"
#include "temporary_folder.hpp"

#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace colonnade::test {

inline constexpr std::int64_t column_count = 150;
// Raw rows: albedo, sun, unused; T(5); (q, cloud)(4).
inline constexpr std::int64_t place_of_temperature = 3, place_of_air = 8;

/// A model file, the raw rows of some columns, and what predict makes of them.
class Infer : public testing::Test {
 protected:
  void SetUp() override {
    const mpi::Communicator comm;
    const auto model = sample_model();
    train::write_model(comm, path_, model);
    raw_ = sample_numbers(static_cast<std::size_t>(column_count * sample_raw_width), 1);
    predicted_.resize(static_cast<std::size_t>(column_count * sample_outputs));
    train::Team team(1);
    train::Predictor predictor(model.shape, model.weights, team);
    train::predict_rows(predictor, model.recipe, raw_, sample_raw_width, 0, predicted_);
    model_ = load(path_, ending_);
    ASSERT_EQ(ending_.status, COLONNADE_OK) << ending_.text.data();
  }

  colonnade_status set(const RunnerHandle& runner, const char* name, const float* values,
                       std::int64_t columns, std::int64_t levels, std::int64_t level_stride) {
    return ending_.status =
               colonnade_set_input_float(runner.get(), name, values, columns, levels,
                                         sample_raw_width, level_stride, ending_.text.data(), 400);
  }

  /// Sets all inputs from raw rows but the one called `without`.
  void set_all(const RunnerHandle& runner, std::int64_t first, std::int64_t columns,
               const std::string& without = "") {
    const float* const row = raw_.data() + first * sample_raw_width;
    if (without != "albedo") set(runner, "albedo", row, columns, 1, 0);
    if (without != "sun") set(runner, "sun", row + 1, columns, 1, 0);
    if (without != "T") set(runner, "T", row + place_of_temperature, columns, sample_levels, 1);
    if (without != "q") set(runner, "q", row + place_of_air, columns, 4, 2);
    if (without != "cloud") set(runner, "cloud", row + place_of_air + 1, columns, 4, 2);
  }

  colonnade_status run(const RunnerHandle& runner, std::int64_t columns) {
    return ending_.status = colonnade_run(runner.get(), columns, ending_.text.data(), 400);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "model.h5";
  std::vector<float> raw_, predicted_;
  Ending ending_;
  ModelHandle model_;
};

}  // namespace colonnade::test
