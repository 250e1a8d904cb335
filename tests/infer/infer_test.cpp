#include "infer/infer_fixture.hpp"

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

TEST_F(Infer, LeavesTheHostItsThreadsAndItsRunnersTheirModel) {
  omp_set_num_threads(3);
  const auto runner = runner_of(model_, 20, ending_);
  model_.reset();
  set_all(runner, 0, 20);
  EXPECT_EQ(run(runner, 20), COLONNADE_OK);
  EXPECT_EQ(omp_get_max_threads(), 3);
}
