#include "infer/sample_model.hpp"
#include "temporary_folder.hpp"

#include <colonnade/train/predictor.hpp>

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

using namespace colonnade;
using namespace colonnade::test;

namespace {

constexpr std::int64_t column_count = 150;
// Raw rows: albedo, sun, unused; T(5); (q, cloud)(4).
constexpr std::int64_t place_of_temperature = 3, place_of_air = 8;

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

/// A host's part of a block: arrays (nproma, levels), the column's index running fastest.
template <typename Value>
struct HostArrays {
  explicit HostArrays(std::int64_t nproma)
      : stride(nproma),
        values(static_cast<std::size_t>(nproma * sample_raw_width)),
        out(static_cast<std::size_t>(nproma * sample_outputs)) {}

  void fill(const std::vector<float>& raw, std::int64_t first, std::int64_t columns) {
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t v = 0; v < sample_raw_width; ++v)
        values[static_cast<std::size_t>(v * stride + c)] =
            raw[static_cast<std::size_t>((first + c) * sample_raw_width + v)];
  }
  const Value* raw_value(std::int64_t v) const { return values.data() + v * stride; }

  std::int64_t stride;
  std::vector<Value> values, out;
};

template <typename Value>
constexpr auto set_input = colonnade_set_input_float;
template <>
constexpr auto set_input<double> = colonnade_set_input_double;
template <typename Value>
constexpr auto get_output = colonnade_get_output_float;
template <>
constexpr auto get_output<double> = colonnade_get_output_double;

/// One block through the library; the number of calls that failed.
template <typename Value>
int run_block(colonnade_runner* runner, HostArrays<Value>& host, std::int64_t columns) {
  int failed = 0;
  const auto stride = host.stride;
  const auto set = [&](const char* name, std::int64_t place, std::int64_t levels,
                       std::int64_t level_stride) {
    failed += set_input<Value>(runner, name, host.raw_value(place), columns, levels, 1,
                               level_stride, nullptr, 0) != COLONNADE_OK;
  };
  const auto get = [&](const char* name, std::int64_t place, std::int64_t levels) {
    failed += get_output<Value>(runner, name, host.out.data() + place * stride, columns, levels, 1,
                                stride, nullptr, 0) != COLONNADE_OK;
  };
  set("albedo", 0, 1, 0);
  set("sun", 1, 1, 0);
  set("unused", 2, 1, 0);
  set("T", 3, 5, stride);
  set("q", 8, 4, 2 * stride);
  set("cloud", 9, 4, 2 * stride);
  failed += colonnade_run(runner, columns, nullptr, 0) != COLONNADE_OK;
  get("dT", 0, 5);
  get("flux", 5, 1);
  return failed;
}

/// All columns in blocks of `nproma`, dealt out to `threads`.
template <typename Value>
std::vector<float> run_host(const ModelHandle& model, const std::vector<float>& raw,
                            std::int64_t nproma, int threads) {
  std::vector<float> outputs(static_cast<std::size_t>(column_count * sample_outputs));
  const auto work = [&](std::int64_t thread) {
    Ending ending;
    const auto runner = runner_of(model, nproma, ending);
    EXPECT_EQ(ending.status, COLONNADE_OK) << ending.text.data();
    HostArrays<Value> host(nproma);
    for (std::int64_t first = thread * nproma; first < column_count; first += threads * nproma) {
      const auto columns = std::min(nproma, column_count - first);
      host.fill(raw, first, columns);
      EXPECT_EQ(run_block(runner.get(), host, columns), 0);
      for (std::int64_t c = 0; c < columns; ++c)
        for (std::int64_t o = 0; o < sample_outputs; ++o)
          outputs[static_cast<std::size_t>((first + c) * sample_outputs + o)] =
              static_cast<float>(host.out[static_cast<std::size_t>(o * nproma + c)]);
    }
  };
  std::vector<std::thread> team;
  for (int thread = 0; thread < threads; ++thread) team.emplace_back(work, thread);
  for (auto& thread : team) thread.join();
  return outputs;
}

void expect_equal(const std::vector<float>& found, const std::vector<float>& expected) {
  ASSERT_EQ(found.size(), expected.size());
#ifdef COLONNADE_INFER_PLAIN
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], 1e-3F * (1.0F + std::abs(expected[i]))) << i;
#else
  ASSERT_EQ(std::memcmp(found.data(), expected.data(), found.size() * sizeof(float)), 0);
#endif
}

}  // namespace

TEST_F(Infer, HasTheBitsOfPredictInAnyBlockAndThread) {
  for (const int threads : {1, 2, 4})
    for (const std::int64_t nproma : {1, 16, 63, 150}) {
      SCOPED_TRACE(testing::Message() << threads << " threads, blocks of " << nproma);
      expect_equal(run_host<float>(model_, raw_, nproma, threads), predicted_);
      expect_equal(run_host<double>(model_, raw_, nproma, threads), predicted_);
    }
  const auto [least, most] = std::minmax_element(predicted_.begin(), predicted_.end());
  EXPECT_GT(*most - *least, 1.0F) << "the outputs are no constants";
}

TEST_F(Infer, TellsNamesUnitsAndLevelsInTheModelsOrder) {
  const std::vector<std::tuple<std::string, std::string, std::int64_t>> inputs{
      {"albedo", "1", 1},
      {"sun", "1", 1},
      {"T", "K", 5},
      {"q", "kg kg-1", 4},
      {"cloud", "kg kg-1", 4}};
  ASSERT_EQ(colonnade_input_count(model_.get()), 5);
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto found = colonnade_input(model_.get(), i);
    EXPECT_EQ(std::tuple(std::string(found.name), std::string(found.units), found.levels),
              inputs[static_cast<std::size_t>(i)]);
  }
  ASSERT_EQ(colonnade_output_count(model_.get()), 2);
  EXPECT_STREQ(colonnade_output(model_.get(), 0).name, "dT");
  EXPECT_EQ(colonnade_output(model_.get(), 0).levels, 5);
  EXPECT_EQ(colonnade_output(model_.get(), 2).name, nullptr);
  EXPECT_EQ(colonnade_input(model_.get(), -1).name, nullptr);
}

TEST_F(Infer, TakesPlacesOfAVariableByName) {
  const auto runner = runner_of(model_, 10, ending_);
  set_all(runner, 0, 10, "T");
  for (std::int64_t level = 0; level < sample_levels; ++level) {
    const auto name = "T[" + std::to_string(level) + "]";
    ASSERT_EQ(set(runner, name.c_str(), raw_.data() + place_of_temperature + level, 10, 1, 0),
              COLONNADE_OK);
  }
  ASSERT_EQ(run(runner, 10), COLONNADE_OK) << ending_.text.data();
  std::vector<float> level(10);
  ASSERT_EQ(
      colonnade_get_output_float(runner.get(), "dT[3]", level.data(), 10, 1, 1, 0, nullptr, 0),
      COLONNADE_OK);
  for (std::size_t c = 0; c < 10; ++c)
    EXPECT_NEAR(level[c], predicted_[c * sample_outputs + 3], 1e-3);
}

TEST_F(Infer, RefusesByNameWhatWasNotGiven) {
  const auto runner = runner_of(model_, 20, ending_);
  for (const std::string name : {"albedo", "sun", "T", "q", "cloud"}) {
    set_all(runner, 0, 20, name);
    EXPECT_EQ(run(runner, 20), COLONNADE_DATA);
    EXPECT_TRUE(ending_.tells("variable " + name)) << ending_.text.data();
    set_all(runner, 0, 20);  // the ones that were set count for no second run
    EXPECT_EQ(run(runner, 20), COLONNADE_OK) << ending_.text.data();
    EXPECT_EQ(run(runner, 20), COLONNADE_DATA) << "inputs are of one run";
  }
  set_all(runner, 0, 20);
  set_all(runner, 0, 7, "q");
  EXPECT_EQ(run(runner, 7), COLONNADE_DATA);
  EXPECT_TRUE(ending_.tells("q[0]") && ending_.tells("20")) << ending_.text.data();
}

TEST_F(Infer, ExpectsInputsBeforeTheFirstStep) {
  std::vector<colonnade_variable> given{{"cloud", nullptr, 4}, {"more", "1", 9}, {"albedo", "1", 1},
                                        {"sun", "W m-2", 1},   {"T", "K", 5},    {"q", "1", 4}};
  const auto status = [&] {
    ending_.text = {};
    return colonnade_expect_inputs(model_.get(), given.data(),
                                   static_cast<std::int64_t>(given.size()), ending_.text.data(),
                                   400);
  };
  EXPECT_EQ(status(), COLONNADE_OK) << ending_.text.data();
  given[4].units = "degC";
  EXPECT_EQ(status(), COLONNADE_DATA);
  EXPECT_TRUE(ending_.tells("variable T") && ending_.tells("degC and K")) << ending_.text.data();
  given[4] = {"T", "K", 6};
  EXPECT_EQ(status(), COLONNADE_DATA);
  EXPECT_TRUE(ending_.tells("variable T") && ending_.tells("6 and 5")) << ending_.text.data();
  given[4].name = "temperature";
  EXPECT_EQ(status(), COLONNADE_DATA);
  EXPECT_TRUE(ending_.tells("variable T")) << ending_.text.data();
}

TEST_F(Infer, RefusesCallsThatCannotBeCarriedOut) {
  const auto runner = runner_of(model_, 20, ending_);
  EXPECT_EQ(set(runner, "T", raw_.data(), 20, 4, 1), COLONNADE_DATA);
  EXPECT_TRUE(ending_.tells("variable T") && ending_.tells("4 and 5")) << ending_.text.data();
  EXPECT_EQ(set(runner, "T", raw_.data(), 21, 5, 1), COLONNADE_USAGE);
  EXPECT_EQ(set(runner, "T", raw_.data(), -1, 5, 1), COLONNADE_USAGE);
  EXPECT_EQ(set(runner, "T", nullptr, 20, 5, 1), COLONNADE_USAGE);
  EXPECT_EQ(set(runner, nullptr, raw_.data(), 20, 5, 1), COLONNADE_USAGE);
  EXPECT_EQ(set({}, "T", raw_.data(), 20, 5, 1), COLONNADE_USAGE);
  EXPECT_EQ(run(runner, 21), COLONNADE_USAGE);
  float out = 0;
  EXPECT_EQ(colonnade_get_output_float(runner.get(), "dT", &out, 1, 5, 1, 1, nullptr, 0),
            COLONNADE_USAGE)
      << "nothing was run";
  set_all(runner, 0, 20);
  ASSERT_EQ(run(runner, 20), COLONNADE_OK);
  EXPECT_EQ(colonnade_get_output_float(runner.get(), "dq", &out, 1, 1, 1, 1, nullptr, 0),
            COLONNADE_USAGE);
  for (const std::int64_t columns : {std::int64_t{0}, std::int64_t{-3}, std::int64_t{1} << 60}) {
    EXPECT_EQ(runner_of(model_, columns, ending_), nullptr);
    EXPECT_EQ(ending_.status, COLONNADE_USAGE);
  }
  std::array<char, 8> small{};
  EXPECT_EQ(colonnade_run(nullptr, 1, small.data(), small.size()), COLONNADE_USAGE);
  EXPECT_STREQ(small.data(), "a point");
}

TEST_F(Infer, NamesInputsAndOutputsThatAreNotFinite) {
  const auto runner = runner_of(model_, 20, ending_);
  auto& holed = raw_[7 * sample_raw_width + place_of_air + 2];
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    holed = value;
    set_all(runner, 0, 20);
    EXPECT_EQ(run(runner, 20), COLONNADE_NUMERIC);
    EXPECT_TRUE(ending_.tells("q[1], column 7") && ending_.tells("the input is not a finite"))
        << ending_.text.data();
  }
  holed = 3e37F;
  raw_[7 * sample_raw_width + place_of_temperature + 1] = 3e37F;
  set_all(runner, 0, 20);
  EXPECT_EQ(run(runner, 20), COLONNADE_NUMERIC);
  EXPECT_TRUE(ending_.tells("column 7") && ending_.tells("the prediction is not a finite"))
      << ending_.text.data();
  std::vector<float> out(20);
  EXPECT_EQ(colonnade_get_output_float(runner.get(), "flux", out.data(), 20, 1, 1, 1, nullptr, 0),
            COLONNADE_USAGE)
      << "a run that failed has no outputs";
}

TEST_F(Infer, LeavesTheHostItsThreadsAndItsRunnersTheirModel) {
  omp_set_num_threads(3);
  const auto runner = runner_of(model_, 20, ending_);
  model_.reset();
  set_all(runner, 0, 20);
  EXPECT_EQ(run(runner, 20), COLONNADE_OK);
  EXPECT_EQ(omp_get_max_threads(), 3);
}
