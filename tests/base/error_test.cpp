#include <colonnade/base/error.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace colonnade::base {
namespace {

TEST(Error, ComposesItsSentenceFromAllFacts) {
  const Error error(ErrorKind::data, "missing value",
                    {.file = "a.nc",
                     .variable = "q",
                     .column = 0,
                     .value = "nan",
                     .hint = "use --missing drop",
                     .phase = "read"});
  EXPECT_STREQ(error.what(), "a.nc: variable q, column 0: missing value (nan); use --missing drop");
  EXPECT_EQ(error.sentence(), "missing value");
  EXPECT_EQ(error.kind(), ErrorKind::data);
  EXPECT_EQ(error.facts().phase, "read");
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_STREQ(Error(ErrorKind::usage, "no input files").what(), "no input files");
  EXPECT_STREQ(Error(ErrorKind::data, "empty", {.file = "a.nc"}).what(), "a.nc: empty");
  EXPECT_STREQ(Error(ErrorKind::data, "wrong", {.column = 7}).what(), "column 7: wrong");
  EXPECT_STREQ(Error(ErrorKind::data, "wrong", {.variable = "q"}).what(), "variable q: wrong");
  EXPECT_STREQ(Error(ErrorKind::storage, "full", {.hint = "free some"}).what(), "full; free some");
}

TEST(Error, KindsAreTheExitCodes) {
  EXPECT_EQ(static_cast<int>(ErrorKind::usage), 2);
  EXPECT_EQ(static_cast<int>(ErrorKind::data), 3);
  EXPECT_EQ(static_cast<int>(ErrorKind::storage), 4);
  EXPECT_EQ(static_cast<int>(ErrorKind::numeric), 5);
  EXPECT_EQ(static_cast<int>(ErrorKind::internal), 70);
}

TEST(Expects, ThrowsWhatNothingCatchesForABrokenPromise) {
  EXPECT_NO_THROW(expects(true, "kept"));
  try {
    expects(false, "rows lie in the dataset");
    FAIL() << "a broken promise passed";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "broken promise: rows lie in the dataset");
  }
}

}  // namespace
}  // namespace colonnade::base
