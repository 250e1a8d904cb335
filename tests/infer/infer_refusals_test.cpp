// What the library refuses, and how it says so.
#include "infer/infer_fixture.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace colonnade;
using namespace colonnade::test;

namespace {

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

}  // namespace
