// What descriptions of sources lack, and what files lack for them.
#include "data/source_samples.hpp"

namespace colonnade::data {
namespace {

using namespace source_samples;
using base::ErrorKind;

TEST_F(SourceTest, SaysWhatADescriptionLacks) {
  const auto files = steps(4, "step_{}.nc");
  const auto error = [&](const Names& inputs, const std::function<void(SourceOptions&)>& change) {
    SourceOptions options{form_of({"time", "y", "x"})};
    options.form.name_fields = "kind,number";
    change(options);
    return agreed_error([&] { RawSet::scan(comm_, files, inputs, {}, options); });
  };
  struct Case {
    Names inputs;
    std::function<void(SourceOptions&)> change;
    ErrorKind kind;
    std::string says;
  };
  const std::vector<Case> cases{
      {{"v"},
       [](auto& o) {
         o.form.sample_dims = {"time", "lat"};
       },
       ErrorKind::usage,
       "lat"},
      {{"v"}, [](auto& o) { o.form.mean_over = {"depth"}; }, ErrorKind::usage, "depth"},
      {{"v"}, [](auto& o) { o.form.window = 5; }, ErrorKind::data, "window is longer"},
      {{"v"},
       [](auto& o) {
         o.form.window_dim = "x";
         o.form.window = 6;
       },
       ErrorKind::data,
       "window is longer"},
      {{"v"}, [](auto& o) { o.form.window_dim = "band"; }, ErrorKind::usage, "band"},
      {{"q"}, [](auto&) {}, ErrorKind::data, "q"},
      {{"v@9"}, [](auto&) {}, ErrorKind::data, "v@9"},
      {{"v"}, [](auto& o) { o.where = "number=8"; }, ErrorKind::usage, "number=8"},
      {{"v"},
       [](auto& o) {
         o.form.group_by = {"number"};
         o.label = "0: 1, 1: 0, 2: 0, 3: 0, 4: 1";
       },
       ErrorKind::usage,
       "4"},
      {{"v"}, [](auto& o) { o.form.mask = "v"; }, ErrorKind::usage, "--mask"}};
  for (const auto& one : cases) {
    const auto found = error(one.inputs, one.change);
    ASSERT_TRUE(found) << one.says;
    EXPECT_EQ(found->kind(), one.kind) << found->what();
    EXPECT_NE(std::string(found->what()).find(one.says), std::string::npos) << found->what();
  }
}

TEST_F(SourceTest, StepsThatDoNotMatchAreRefused) {
  Names files;
  for (const std::int64_t t : {0, 1, 2}) files.push_back(step(fmt::format("in_{}.nc", t), t));
  for (const std::int64_t t : {0, 2, 3}) files.push_back(step(fmt::format("out_{}.nc", t), t));
  SourceOptions options{form_of({"time", "y", "x"})};
  options.form.name_fields = "kind,number";
  const auto error = [&](const Names& some) {
    return agreed_error([&] { RawSet::scan(comm_, some, {"v@in"}, {"v@out"}, options); });
  };
  const auto beside = error(files);
  ASSERT_TRUE(beside);
  EXPECT_NE(std::string(beside->what()).find("side by side"), std::string::npos);
  files.pop_back();
  const auto fewer = error(files);
  ASSERT_TRUE(fewer);
  EXPECT_NE(std::string(fewer->what()).find("2 steps, and 3"), std::string::npos) << fewer->what();
}

}  // namespace
}  // namespace colonnade::data
