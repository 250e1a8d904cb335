#include <colonnade/base/error.hpp>
#include <colonnade/data/normalise.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace colonnade::data {
namespace {

/// Two variables of three and two levels; the second level of the first never changes.
Encoding two_variables() {
  Encoding encoding;
  for (std::int64_t level = 0; level < 3; ++level)
    encoding.features.push_back({"", "sw", "", level});
  for (std::int64_t level = 0; level < 2; ++level)
    encoding.features.push_back({"", "lw", "", level});
  encoding.transforms.resize(5);
  encoding.statistics = {{10, 10, 10, 10, 10},
                         {1.0, 7.0, -2.0, 0.5, 0.0},
                         {3.0, 0.0, 4.0, 0.5, 2.0},
                         {-5.0, 7.0, -9.0, 0.0, -4.0},
                         {6.0, 7.0, 8.0, 1.0, 4.0}};
  return encoding;
}

using Numbers = std::vector<double>;

TEST(Normalise, ZscoreTakesMeanAndStandardDeviation) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::zscore, false);
  EXPECT_EQ(encoding.offset, encoding.statistics.mean);
  EXPECT_EQ(encoding.scale, (Numbers{3.0, 0.0, 4.0, 0.5, 2.0}));
  EXPECT_EQ(encoding.constants(), std::vector<std::size_t>{1});
}

TEST(Normalise, MinmaxTakesMinimumAndRange) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::minmax, false);
  EXPECT_EQ(encoding.offset, encoding.statistics.min);
  EXPECT_EQ(encoding.scale, (Numbers{11.0, 0.0, 17.0, 1.0, 8.0}));
}

TEST(Normalise, NoneLeavesEveryValue) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::none, true);
  EXPECT_EQ(encoding.offset, Numbers(5, 0.0));
  EXPECT_EQ(encoding.scale, Numbers(5, 1.0));
  EXPECT_TRUE(encoding.constants().empty());
}

TEST(Normalise, OneScaleAVariableIsTheRootMeanSquareOfWhatChanges) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::zscore, true);
  const double sw = std::sqrt((9.0 + 16.0) / 2), lw = std::sqrt((0.25 + 4.0) / 2);
  EXPECT_EQ(encoding.scale, (Numbers{sw, 0.0, sw, lw, lw}));
  EXPECT_EQ(encoding.offset, encoding.statistics.mean);
}

TEST(Normalise, OneScaleAVariableIsItsWholeRangeUnderMinmax) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::minmax, true);
  EXPECT_EQ(encoding.scale, (Numbers{17.0, 0.0, 17.0, 8.0, 8.0}));
  EXPECT_EQ(encoding.offset[0], -9.0);
  EXPECT_EQ(encoding.offset[2], -9.0);
  EXPECT_EQ(encoding.offset[4], -4.0);
  EXPECT_EQ(encoding.offset[1], 7.0) << "a constant is decoded as its value";
}

TEST(Normalise, OneScaleAVariableSharesAcrossFeaturesThatAlternate) {
  auto encoding = two_variables();
  std::swap(encoding.features[1], encoding.features[3]);
  std::swap(encoding.statistics.std[1], encoding.statistics.std[3]);
  set_normalisation(encoding, Normalisation::zscore, true);
  const double sw = std::sqrt((9.0 + 16.0) / 2), lw = std::sqrt((0.25 + 4.0) / 2);
  EXPECT_EQ(encoding.scale, (Numbers{sw, lw, sw, 0.0, lw}));
}

TEST(Normalise, WeightsMultiplyNormalisedValues) {
  auto encoding = two_variables();
  set_normalisation(encoding, Normalisation::zscore, false);
  const auto plain = encoding;
  weigh(encoding, factors_of(parse_factors({"sw=0.5", "sw[2]=0.25", "lw=4"}, "--weights"),
                             encoding.features, "the inputs"));
  EXPECT_EQ(encoding.scale, (Numbers{6.0, 0.0, 32.0, 0.125, 0.5}));
  EXPECT_EQ(encoding.offset, plain.offset);
  std::vector<float> row{4.0F, 7.0F, 6.0F, 1.0F, 2.0F}, weighted = row;
  plain.normalise_rows(row);
  encoding.normalise_rows(weighted);
  EXPECT_EQ(weighted, (std::vector<float>{row[0] / 2, 0, row[2] / 8, row[3] * 4, row[4] * 4}));
}

TEST(Normalise, RefusesFactorsThatAreNone) {
  for (const char* word : {"q", "=2", "q=-1", "q=nan", "q=2x", "q=1e60", "q[2:1]=1"})
    EXPECT_THROW(parse_factors({word}, "--weights"), base::Error) << word;
  EXPECT_THROW(parse_factors({"q[2]=2", "q=1", "q[2]=3"}, "--weights"), base::Error);
  EXPECT_THROW(
      factors_of(parse_factors({"q=2"}, "--weights"), two_variables().features, "the inputs"),
      base::Error);
}

}  // namespace
}  // namespace colonnade::data
