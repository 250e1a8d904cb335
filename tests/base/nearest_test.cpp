#include <colonnade/base/nearest.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using colonnade::base::edit_distance;
using colonnade::base::nearest;

TEST(EditDistance, CountsEveryKindOfEdit) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("epochs", "epochs"), 0);
  EXPECT_EQ(edit_distance("", "lr"), 2);
  EXPECT_EQ(edit_distance("epoch", "epochs"), 1);
  EXPECT_EQ(edit_distance("epocks", "epochs"), 1);
  EXPECT_EQ(edit_distance("epohcs", "epochs"), 1);
  EXPECT_EQ(edit_distance("hidden", "ideal"), 4);
  EXPECT_EQ(edit_distance("ideal", "hidden"), 4);
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> known{"epochs", "batch", "micro-batch", "lr"};
  EXPECT_EQ(nearest("epoch", known), "epochs");
  EXPECT_EQ(nearest("microbatch", known), "micro-batch");
  EXPECT_EQ(nearest("l", known), "lr");
}

TEST(Nearest, TakesTheFirstOfEquals) {
  EXPECT_EQ(nearest("ab", std::vector<std::string>{"ac", "ad"}), "ac");
}

TEST(Nearest, IsEmptyWhenNothingIsAlike) {
  EXPECT_EQ(nearest("zzzzzz", std::vector<std::string>{"epochs", "lr"}), "");
  EXPECT_EQ(nearest("word", std::vector<std::string>{}), "");
}
