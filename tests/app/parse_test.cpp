#include "app/sample_commands.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/base/error.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace colonnade::app;
using colonnade::base::Error;
using colonnade::base::ErrorKind;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

class Parse : public testing::Test {
 protected:
  Parse() : folder_(fs::path(testing::TempDir()) / "colonnade_parse_test") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Parse() override { fs::remove_all(folder_); }

  Arguments parse_fit(const Words& words) const { return parse(commands_[0], commands_, words); }
  // With the options that fit needs.
  Arguments parse_more(Words words) const {
    words.insert(words.end(), {"a.nc", "--out", "run"});
    return parse_fit(words);
  }
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  Arguments parse_config(const std::string& text) const {
    return parse_more({"--config", write("job.ini", text)});
  }
  static std::string message_of(const std::function<void()>& call,
                                ErrorKind kind = ErrorKind::usage) {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return "no error";
  }
  std::string refusal_of(const Words& words) const {
    return message_of([&] { parse_more(words); });
  }
  std::string refusal_of_config(const std::string& text) const {
    const auto message = message_of([&] { parse_config(text); });
    const auto file = (folder_ / "job.ini").string() + ": ";
    EXPECT_TRUE(message.starts_with(file)) << message;
    return message.substr(std::min(message.size(), file.size()));
  }

  std::vector<Command> commands_ = sample_commands();
  fs::path folder_;
};

}  // namespace

TEST_F(Parse, DefaultsFillWhatIsNotGiven) {
  const auto args = parse_fit({"--out", "run", "a.nc", "b.nc"});
  EXPECT_EQ(args.files(), (Words{"a.nc", "b.nc"}));
  EXPECT_EQ(args.text("out"), "run");
  EXPECT_EQ(args.integers("hidden"), (std::vector<std::int64_t>{512, 512}));
  EXPECT_EQ(args.reals("split"), (std::vector<double>{0.8, 0.1, 0.1}));
  EXPECT_EQ(args.real("lr"), 0.001);
  EXPECT_EQ(args.integer("threads"), 1);
  EXPECT_EQ(args.bytes("memory"), std::int64_t{4} << 30);
  EXPECT_EQ(args.seconds("every"), 600);
  EXPECT_FALSE(args.flag("no-shuffle"));
  EXPECT_TRUE(args.given("out"));
  EXPECT_FALSE(args.given("lr"));
  EXPECT_TRUE(args.has("lr"));
  EXPECT_FALSE(args.has("seed"));
  EXPECT_EQ(message_of([&] { static_cast<void>(args.integer("seed")); }),
            "option --seed is needed");
  EXPECT_THROW(static_cast<void>(args.text("colour")), std::logic_error);
}

TEST_F(Parse, TakesBothWaysOfWritingAValue) {
  const auto args =
      parse_more({"--lr=1e-2", "--epochs", "7", "--no-shuffle", "--inputs", "q, t,,p"});
  EXPECT_EQ(args.real("lr"), 0.01);
  EXPECT_EQ(args.integer("epochs"), 7);
  EXPECT_TRUE(args.flag("no-shuffle"));
  EXPECT_EQ(args.texts("inputs"), (Words{"q", "t", "p"}));
  EXPECT_EQ(parse_more({"--lr", "-0.5"}).real("lr"), -0.5);
  EXPECT_EQ(parse_more({"--epochs", "1"}).integer("epochs"), 1);
}

TEST_F(Parse, ChoicesBecomeTheValuesBesideThem) {
  const auto args = parse_more({"--normalize", "minmax", "--resume", "some/file"});
  EXPECT_EQ(args.choice<int>("normalize", {{"zscore", 1}, {"minmax", 2}, {"none", 3}}), 2);
  EXPECT_THROW(static_cast<void>(args.choice<int>("normalize", {{"zscore", 1}})), std::logic_error);
  EXPECT_EQ(args.text("resume"), "some/file");
}

TEST_F(Parse, UnitsOfBytesAndTimes) {
  const auto bytes = [&](const std::string& text) {
    return parse_more({"--memory", text}).bytes("memory");
  };
  EXPECT_EQ(bytes("512"), 512);
  EXPECT_EQ(bytes("512M"), 512 << 20);
  EXPECT_EQ(bytes("1.5GiB"), std::int64_t{3} << 29);
  EXPECT_EQ(bytes("2GB"), 2'000'000'000);
  EXPECT_EQ(bytes("1T"), std::int64_t{1} << 40);
  const auto seconds = [&](const std::string& text) {
    return parse_more({"--every", text}).seconds("every");
  };
  EXPECT_EQ(seconds("90"), 90);
  EXPECT_EQ(seconds("1.5s"), 1.5);
  EXPECT_EQ(seconds("10min"), 600);
  EXPECT_EQ(seconds("2h"), 7200);
  EXPECT_EQ(seconds("1d"), 86400);
}

TEST_F(Parse, RefusesWhatTheTableDoesNotTake) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{"--epochs", "ten"}, "--epochs takes an integer (ten); write it as 16384"},
      {{"--epochs", "1.5"}, "--epochs takes an integer (1.5); write it as 16384"},
      {{"--epochs", "99999999999999999999"},
       "--epochs takes an integer (99999999999999999999); write it as 16384"},
      {{"--epochs", "0"}, "--epochs takes 1 or more (0)"},
      {{"--threads", "0"}, "--threads takes 1 or more (0)"},
      {{"--threads", "4097"}, "--threads takes at most 4096 (4097)"},
      {{"--lr", "fast"}, "--lr takes a number (fast); write it as 0.001 or 1e-3"},
      {{"--lr", "nan"}, "--lr takes a number (nan); write it as 0.001 or 1e-3"},
      {{"--hidden", "512,,512"}, "--hidden takes a list without gaps (512,,512)"},
      {{"--hidden", "512,0"}, "--hidden takes 1 or more (512,0)"},
      {{"--split", "0.9,-0.1"}, "--split takes 0 or more (0.9,-0.1)"},
      {{"--memory", "4X"}, "--memory takes a size in bytes (4X); write it as 512M, 4G or 1.5GiB"},
      {{"--memory", "-4G"}, "--memory takes a size in bytes (-4G); write it as 512M, 4G or 1.5GiB"},
      {{"--memory", "9999999T"},
       "--memory takes a size in bytes (9999999T); write it as 512M, 4G or 1.5GiB"},
      {{"--every", "soon"}, "--every takes a time (soon); write it as 90s, 10min or 2h"},
      {{"--normalize", "minmix"},
       "--normalize takes one of zscore, minmax, none (minmix); did you mean minmax?"},
      {{"--inputs", "q#t"},
       "--inputs takes no '#' and no line break (q#t); '#' begins a comment in config files"},
      {{"--lr"}, "--lr needs a value; write --lr X"},
      {{"--lr", "--epochs", "3"}, "--lr needs a value; write --lr X"},
      {{"--lr="}, "--lr needs a value; write --lr X"},
      {{"--quiet=yes"}, "--quiet takes no value; write --quiet alone"},
      {{"--lr", "1", "--lr", "2"}, "--lr is given twice"},
      {{"--epoch", "3"}, "unknown option --epoch; did you mean --epochs?"},
      {{"--wombat"}, "unknown option --wombat; see colonnade fit --help"},
      {{"-quiet"}, "unknown option --quiet; did you mean --quiet?"},
      {{"--files", "x"}, "unknown option --files; see colonnade fit --help"},
  };
  for (const auto& [words, message] : cases) {
    auto ended = words;
    ended.insert(ended.begin(), {"a.nc", "--out", "run"});
    EXPECT_EQ(message_of([&] { parse_fit(ended); }), message);
  }
}

TEST_F(Parse, NeedsWhatIsRequired) {
  EXPECT_EQ(message_of([&] { parse_fit({"a.nc"}); }),
            "fit needs --out DIR; see colonnade fit --help");
  EXPECT_EQ(message_of([&] { parse_fit({"--out", "run"}); }), "fit needs DATA...; files of points");
  const Words many(10, "a.nc");
  EXPECT_EQ(refusal_of(many), "fit takes DATA...; not expected: a.nc");
  EXPECT_EQ(message_of([&] { parse(commands_[1], commands_, Words{"x"}); }),
            "draw takes no files; not expected: x");
}

TEST_F(Parse, TheCommandLineWinsOverTheConfig) {
  const auto path = write("job.ini",
                          "# a job\n[fit]\nfiles = b.nc 'c d.nc'\nlr = 0.5  # high\nepochs = 3\n"
                          "no-shuffle = true\n\n[draw]\nwidth = 2\n");
  const auto args = parse_fit({"--out", "run", "--epochs", "4", "--config", path});
  EXPECT_EQ(args.files(), (Words{"b.nc", "c d.nc"}));
  EXPECT_EQ(args.real("lr"), 0.5);
  EXPECT_TRUE(args.given("lr"));
  EXPECT_EQ(args.integer("epochs"), 4);
  EXPECT_TRUE(args.flag("no-shuffle"));
  EXPECT_EQ(parse_more({"--config", path}).files(), (Words{"a.nc"}));
  EXPECT_EQ(parse(commands_[1], commands_, Words{"--config", path}).real("width"), 2);
}

TEST_F(Parse, ChecksEverySectionAndKeyOfTheConfig) {
  EXPECT_EQ(refusal_of_config("[fit]\nepoch = 3\n"),
            "unknown key in section [fit]: epoch; did you mean epochs?");
  EXPECT_EQ(refusal_of_config("[draw]\nwidht = 3\n"),
            "unknown key in section [draw]: widht; did you mean width?");
  EXPECT_EQ(refusal_of_config("[draw]\nwidth = wide\n"),
            "--width takes a number (wide); write it as 0.001 or 1e-3");
  EXPECT_EQ(refusal_of_config("[draw]\nfiles = a\n"),
            "unknown key in section [draw]: files; see colonnade draw --help");
  EXPECT_EQ(refusal_of_config("[fits]\nlr = 1\n"), "unknown section fits; did you mean fit?");
  EXPECT_EQ(refusal_of_config("[other]\nlr = 1\n"),
            "unknown section other; sections are named after the commands: fit, draw");
  EXPECT_EQ(
      refusal_of_config("lr = 1\n[fit]\n"),
      "key lr stands before any section; put it below the command's section, such as [train]");
  EXPECT_EQ(refusal_of_config("[fit]\nlr = 1\nlr = 2\n"), "key lr stands twice in [fit]");
  EXPECT_EQ(refusal_of_config("[fit]\nlr\n"), "a line is neither [section] nor key = value (lr)");
  EXPECT_EQ(refusal_of_config("[fit]\nlr =\n"), "--lr takes a value; its form is X");
  EXPECT_EQ(refusal_of_config("[fit]\nquiet = yes\n"), "--quiet takes true or false (yes)");
  EXPECT_EQ(
      refusal_of_config("[fit]\nfiles = a\\b.nc\n"),
      "cannot split the list of files (a\\b.nc); a backslash escapes a quote or a backslash only");
  EXPECT_EQ(refusal_of_config("[fit]\nhelp = true\n"),
            "unknown key in section [fit]: help; see colonnade fit --help");
}

TEST_F(Parse, AConfigThatIsAbsentOrAFolderIsNamed) {
  const auto path = (folder_ / "absent.ini").string();
  EXPECT_EQ(message_of(
                [&] {
                  parse_more({"--config", path});
                },
                ErrorKind::storage),
            path + ": cannot read the config file (No such file or directory)");
  EXPECT_EQ(message_of(
                [&] {
                  parse_more({"--config", folder_.string()});
                },
                ErrorKind::data),
            folder_.string() + ": not a regular file");
}

TEST_F(Parse, ExpandsPatternsSorted) {
  for (const auto* name : {"p_2.nc", "p_0.nc", "p_1.nc", "q_0.nc"}) write(name, "");
  const auto in = [&](const std::string& name) { return (folder_ / name).string(); };
  const auto args = parse_fit({"--out", "run", "z.nc", in("p_*.nc")});
  EXPECT_EQ(args.files(), (Words{"z.nc", in("p_0.nc"), in("p_1.nc"), in("p_2.nc")}));
  EXPECT_EQ(message_of([&] {
              parse_fit({"--out", "run", in("r_*.nc")});
            }),
            "no file matches the pattern (" + in("r_*.nc") + ")");
}

TEST_F(Parse, TheResolvedConfigGivesTheSameValuesAgain) {
  const auto& fit = commands_[0];
  const auto first =
      parse_fit({"with space.nc", "it's.nc", "back\\slash.nc", "--out", "run", "--lr", "0.25",
                 "--no-shuffle", "--threads", "3", "--force", "--dry-run"});
  const auto text = resolved_ini(fit, first);
  const auto second = parse_fit({"--config", write("resolved.ini", text)});
  EXPECT_EQ(second.files(), first.files());
  EXPECT_EQ(resolved_ini(fit, second), text);
  int compared = 0;
  for (const auto& option : fit.options) {
    ASSERT_EQ(second.has(option.name), first.has(option.name)) << option.name;
    if (!first.has(option.name)) continue;
    EXPECT_EQ(second.text(option.name), first.text(option.name));
    ++compared;
  }
  EXPECT_EQ(compared, 9);
  EXPECT_EQ(second.integer("threads"), 3);
  EXPECT_FALSE(second.flag("force"));
  EXPECT_NE(text.find("# seed = N is not set\n"), std::string::npos);
}

TEST_F(Parse, ArgumentsTravelAsBytes) {
  const auto first = parse_more({"--lr", "0.25", "b\xff.nc"});
  const auto second = Arguments::unpacked(first.packed());
  EXPECT_EQ(second.files(), first.files());
  EXPECT_EQ(second.real("lr"), 0.25);
  EXPECT_TRUE(second.given("lr"));
  EXPECT_FALSE(second.given("epochs"));
  EXPECT_FALSE(second.has("seed"));
}
