#include "app/sample_commands.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

using namespace colonnade::app;

namespace {

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST(Help, HoldsEachOptionOnceWithItsFormAndDefault) {
  const auto fit = sample_commands()[0];
  const auto help = help_of(fit);
  int options = 0;
  for (const auto& option : options_of(fit)) {
    const auto form =
        option.is_flag() ? "  --" + option.name : "  --" + option.name + " " + option.value_name;
    EXPECT_EQ(count_of(help, form + " ") + count_of(help, form + "\n"), 1) << form << '\n' << help;
    const auto fallback = option.fallback ? "[" + *option.fallback + "]\n" : "";
    EXPECT_NE(help.find(fallback), std::string::npos) << option.name;
    ++options;
  }
  EXPECT_EQ(options, 19);
  for (const auto* part :
       {"usage: colonnade fit DATA... [options]\n", "fits a line\n", "through them.\n",
        "files of points\n", "folder to write (needed)\n", "colonnade fit points.nc --out line\n"})
    EXPECT_EQ(count_of(help, part), 1) << part << '\n' << help;
}

TEST(Help, OfACommandWithoutFilesOrExamplesLeavesThemOut) {
  const auto help = help_of(sample_commands()[1]);
  EXPECT_TRUE(help.starts_with("usage: colonnade draw [options]\n"));
  EXPECT_EQ(count_of(help, "Files:"), 0);
  EXPECT_EQ(count_of(help, "Examples:"), 0);
}

TEST(Help, BreaksLongLinesAtBlanks) {
  std::string description = "short\n\n";
  for (int word = 0; word < 60; ++word) description += std::to_string(1000 + word) + ' ';
  description += std::string(150, 'x');
  std::istringstream help(help_of({.name = "long", .description = description}));
  int words = 0;
  int lines = 0;
  for (std::string line; std::getline(help, line);) {
    if (line.starts_with("1") || line.starts_with("xxx")) ++lines;
    EXPECT_TRUE(line.size() <= 100 || line.starts_with("xxx")) << line;
    for (const auto& number : {"1000", "1019", "1020", "1059"}) words += count_of(line, number);
  }
  EXPECT_EQ(lines, 4);
  EXPECT_EQ(words, 4);
}

TEST(Choices, AreClosedOnlyWithoutCapitals) {
  EXPECT_EQ(choices_of({.value_name = "a|b"}), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(choices_of({.value_name = "auto|FILE"}).empty());
  EXPECT_TRUE(choices_of({.value_name = "N"}).empty());
}
