#include "split_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace colonnade::jobs {

using base::Error;
using base::ErrorKind;
using By = data::DivisionRule::By;

std::vector<app::Option> split_options() {
  return {{.name = "split",
           .value_name = "X,X,X",
           .fallback = "0.8,0.1,0.1",
           .help = "fractions for training, validation and test"},
          {.name = "split-by",
           .value_name = "column|file|group|tile",
           .fallback = "column",
           .help = "what is drawn as a whole, with --shuffle-seed: single columns, or all columns "
                   "of a file, of the files with the same --group-by fields, or of a --tile; the "
                   "fractions are then met as nearly as whole groups allow"},
          {.name = "tile",
           .value_name = "DIM=N,...",
           .help = "lengths of tiles along dimensions of the samples, as in y=150,x=125; a tile is "
                   "the same group at all times"},
          {.name = "validation-where",
           .value_name = "FIELD=VALUES...",
           .help = "the files for validation, by fields of their names, as in \"day=318\"; what no "
                   "-where takes trains"},
          {.name = "test-where",
           .value_name = "FIELD=VALUES...",
           .help = "the files for test, as in \"day=319..320\""}};
}

namespace {

void contradict(const char* one, const char* other) {
  throw Error(ErrorKind::usage, fmt::format("--{} and --{} contradict each other", one, other),
              {.hint = "leave one of them out"});
}

void want(bool is_there, const std::string& option, const char* wanted, const char* hint) {
  if (!is_there)
    throw Error(ErrorKind::usage, fmt::format("{} wants {}", option, wanted), {.hint = hint});
}

}  // namespace

void set_split(const app::Arguments& arguments, data::PrepareOptions& options) {
  const auto split = arguments.reals("split");
  if (split.size() != 3)
    throw Error(
        ErrorKind::usage, "--split wants three fractions",
        {.value = arguments.text("split"), .hint = "train, validation, test, as in 0.8,0.1,0.1"});
  std::copy(split.begin(), split.end(), options.split.begin());
  auto& rule = options.division;
  rule.by = arguments.choice<By>(
      "split-by",
      {{"column", By::column}, {"file", By::file}, {"group", By::group}, {"tile", By::tile}});
  if (arguments.has("name-fields"))
    rule.name_fields = data::NameFields::parse(arguments.text("name-fields"));
  if (arguments.has("group-by")) rule.group_by = arguments.texts("group-by");
  if (arguments.has("tile")) rule.tiles = data::parse_tiles(arguments.text("tile"));
  want(rule.by != By::group || !rule.group_by.empty(), "--split-by group", "--group-by",
       "name the fields, as in --name-fields product,year,day --group-by year,day");
  want(rule.group_by.empty() || rule.name_fields, "--group-by", "--name-fields",
       "say what the parts of file names are, as in --name-fields product,year,day");
  want((rule.by == By::tile) == !rule.tiles.empty(),
       rule.by == By::tile ? "--split-by tile" : "--tile",
       rule.by == By::tile ? "--tile" : "--split-by tile",
       "as in --split-by tile --tile y=150,x=125");
  for (const char* option : {"validation-where", "test-where"}) {
    if (!arguments.has(option)) continue;
    for (const char* other : {"split", "split-by"})
      if (arguments.given(other)) contradict(option, other);
    const auto dashed = std::string("--") + option;
    want(rule.name_fields.has_value(), dashed, "--name-fields",
         "say what the parts of file names are, as in --name-fields product,year,day");
    (option[0] == 'v' ? rule.validation : rule.test) =
        data::Where::parse(arguments.text(option), *rule.name_fields, dashed);
  }
}

}  // namespace colonnade::jobs
