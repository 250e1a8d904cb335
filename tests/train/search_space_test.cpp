#include <colonnade/base/error.hpp>
#include <colonnade/train/search_space.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace colonnade::train;
using colonnade::base::Error;
using colonnade::base::ErrorKind;

namespace {

using Values = std::vector<std::string>;

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "no error";
}

std::string refusal_of(const std::string& text) {
  return message_of([&] { static_cast<void>(search_space(text)); });
}

}  // namespace

TEST(SearchSpace, ReadsListsWhoseValuesMayBeLists) {
  const auto space = search_space(
      " hidden=[(256,256), 512,(8)]   lr = [1e-3]\ttarget-weights=[(a=1,b[0:2]=3),c=2] ");
  ASSERT_EQ(space.size(), 3U);
  EXPECT_EQ(space[0].key, "hidden");
  EXPECT_EQ(space[0].values, (Values{"256,256", "512", "8"}));
  EXPECT_EQ(space[1].key, "lr");
  EXPECT_EQ(space[1].values, (Values{"1e-3"}));
  EXPECT_EQ(space[2].values, (Values{"a=1,b[0:2]=3", "c=2"}));
}

TEST(SearchSpace, ReadsDistributions) {
  const auto space = search_space("lr=log(1e-4,1e-2) dropout=uniform(0, 0.5)");
  EXPECT_EQ(space[0].form, SearchDimension::Form::log);
  EXPECT_EQ(space[0].low, 1e-4);
  EXPECT_EQ(space[0].high, 1e-2);
  EXPECT_EQ(space[1].form, SearchDimension::Form::uniform);
  EXPECT_EQ(space[1].high, 0.5);
}

TEST(SearchSpace, RefusesWhatIsNone) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "no option is named"},
           {"lr", "an option has no values"},
           {"=[1]", "an option has no values"},
           {"lr=1e-3 hidden=[5]", "lr has no list of values"},
           {"lr=1e-3", "lr has no list of values"},
           {"lr=x[1]", "lr has no list of values"},
           {"lr=[1", "a bracket is not closed"},
           {"lr=[]", "a value of lr is empty"},
           {"lr=[1,]", "a value of lr is empty"},
           {"lr=[1,2,1]", "lr has a value twice"},
           {"lr=[1] lr=[2]", "an option stands there twice"},
           {"lr=[1] , hidden=[2]", "this is no option's name"},
           {"lr=exp(1,2)", "lr is drawn from no such distribution"},
           {"lr=log(1)", "log of lr takes two bounds"},
           {"lr=log(a,2)", "the bounds of a distribution are numbers"},
           {"lr=uniform(2,1)", "the bounds of lr are out of order"},
           {"lr=log(0,1)", "the bounds of lr are out of order"}})
    EXPECT_NE(refusal_of(text).find(message), std::string::npos)
        << text << ": " << refusal_of(text);
}

TEST(SearchSpace, AGridIsEveryCombination) {
  const auto grid = grid_of(search_space("a=[1,2] b=[x] c=[p,q,r]"));
  ASSERT_EQ(grid.size(), 6U);
  EXPECT_EQ(grid[0], (Configuration{{"a", "1"}, {"b", "x"}, {"c", "p"}}));
  EXPECT_EQ(grid[1], (Configuration{{"a", "1"}, {"b", "x"}, {"c", "q"}}));
  EXPECT_EQ(grid[5], (Configuration{{"a", "2"}, {"b", "x"}, {"c", "r"}}));
  const auto message =
      message_of([] { static_cast<void>(grid_of(search_space("a=[1] lr=log(1,2)"))); });
  EXPECT_NE(message.find("with --random only (lr)"), std::string::npos) << message;
}

// Values, so that a change of the draws shows.
TEST(SearchSpace, DrawsAreFunctionsOfSeedAndNumber) {
  const auto space = search_space("lr=log(1e-4,1e-1) d=uniform(-1,3) h=[8,16,32]");
  const auto draws = draws_of(space, 200, 5);
  ASSERT_EQ(draws.size(), 200U);
  const auto fewer = draws_of(space, 50, 5);
  EXPECT_TRUE(std::equal(fewer.begin(), fewer.end(), draws.begin()));
  EXPECT_NE(draws_of(space, 1, 6), draws_of(space, 1, 5));
  double log_sum = 0.0, sum = 0.0;
  std::set<std::string> hidden;
  for (const auto& draw : draws) {
    ASSERT_EQ(draw[0].first, "lr");
    const double lr = std::stod(draw[0].second), d = std::stod(draw[1].second);
    EXPECT_TRUE(1e-4 <= lr && lr <= 1e-1 && -1 <= d && d <= 3) << lr << ' ' << d;
    log_sum += std::log10(lr);
    sum += d;
    hidden.insert(draw[2].second);
  }
  // Five standard deviations of such a mean.
  EXPECT_NEAR(log_sum / 200, -2.5, 0.31);
  EXPECT_NEAR(sum / 200, 1.0, 0.41);
  EXPECT_EQ(hidden.size(), 3U);
}

TEST(SearchSpace, ListsAreDrawnWithoutRepeats) {
  const auto draws = draws_of(search_space("a=[1,2,3] b=[4,5]"), 100, 1);
  EXPECT_EQ(draws.size(), 6U);
  EXPECT_EQ(std::set<Configuration>(draws.begin(), draws.end()).size(), 6U);
}
