#include "source.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/data/file_names.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace colonnade::jobs {

using app::Arguments;
using app::Option;
using base::Error;
using base::ErrorKind;

std::vector<Option> source_options() {
  std::vector<Option> options{
      {.name = "sample-dims",
       .value_name = "NAMES",
       .help = "the dimensions along which samples lie, the first being that along which files "
               "follow each other, as in time,y,x: each pixel is a column. Files need not have the "
               "first: each is then a step of it. Variables that lack one have the same value all "
               "along it, and their other dimensions make features"},
      {.name = "window",
       .value_name = "N",
       .fallback = "1",
       .help = "steps that make a sample: features NAME[0] to NAME[N-1]; targets are those of the "
               "last one. Windows do not cross the groups of --group-by",
       .least = 1.0},
      {.name = "stride",
       .value_name = "N",
       .fallback = "1",
       .help = "steps from one window to the next",
       .least = 1.0},
      {.name = "window-dim",
       .value_name = "NAME",
       .help = "the dimension of the windows, one of --sample-dims; the first by default"},
      {.name = "mean-over",
       .value_name = "NAMES",
       .help = "dimensions over which values are averaged, missing ones left out"},
      {.name = "name-fields",
       .value_name = "FIELDS",
       .help = "what files' names tell: their parts between underscores, as in "
               "product,year,day,hour (- skips one), or a template for the end of the path, as in "
               "{product}/{year}/{day}/*. Files follow each other in the order of these"},
      {.name = "where",
       .value_name = "CONDITIONS",
       .help = "take only files with these fields, as in \"year=2018 day=317..318,320\""},
      {.name = "group-by",
       .value_name = "FIELDS",
       .help =
           "files with the same values of these fields belong together. In a group, files that "
           "hold a variable follow each other; where a single one does, it counts for all. "
           "NAME@VALUE is the variable of those files of which a field is VALUE, as in Rad@C04"},
      {.name = "derive",
       .value_name = "NAME=A-B...",
       .help = "variables that are differences, as in tendency=T@after-T@before"},
      {.name = "mask",
       .value_name = "NAME=VALUES...",
       .help = "samples in which these variables have other values count as missing, as in "
               "\"DQF=0,1 QA&6=0\" (& picks bits)"}};
  for (auto& option : options) option.section = "source";
  return options;
}

Option label_option() {
  return {.name = "label",
          .value_name = "KEY: V,...",
          .help =
              "a target called label that is constant in each group of files, as in \"2018/317: "
              "1, 2019: 0\" with --group-by year,day; a key may be the beginning of a group's",
          .section = "source"};
}

namespace {

/// Options that say something of files' names, whatever lies in the files.
bool says_of_names(const std::string& option) {
  return option == "name-fields" || option == "where" || option == "group-by";
}

/// What the user gives, else what is known.
std::vector<std::string> words(const Arguments& arguments, const char* name,
                               const std::vector<std::string>& known) {
  return arguments.given(name) ? arguments.texts(name) : known;
}

std::string text(const Arguments& arguments, const char* name, const std::string& known) {
  return arguments.given(name) ? arguments.text(name) : known;
}

}  // namespace

std::optional<data::SourceOptions> source_from(const Arguments& arguments,
                                               const std::optional<data::SourceForm>& known) {
  if (!known && !arguments.given("sample-dims")) {
    for (const auto& option : source_options())
      if (arguments.given(option.name) && !says_of_names(option.name))
        throw Error(ErrorKind::usage,
                    fmt::format("--{} describes samples: it wants --sample-dims", option.name),
                    {.hint = "name the dimensions along which they lie, as in --sample-dims "
                             "time,y,x or --sample-dims column"});
    return {};
  }
  if (arguments.given("sample-dims") && arguments.given("column-dim"))
    throw Error(ErrorKind::usage, "--sample-dims and --column-dim contradict each other",
                {.hint = "leave one of them out"});
  data::SourceOptions options;
  auto& form = options.form;
  if (known) form = *known;
  form.sample_dims = words(arguments, "sample-dims", form.sample_dims);
  if (arguments.given("window") || !known) form.window = arguments.integer("window");
  if (arguments.given("stride") || !known) form.stride = arguments.integer("stride");
  form.window_dim = text(arguments, "window-dim", form.window_dim);
  form.mean_over = words(arguments, "mean-over", form.mean_over);
  form.name_fields = text(arguments, "name-fields", form.name_fields);
  form.group_by = words(arguments, "group-by", form.group_by);
  form.derive = words(arguments, "derive", form.derive);
  form.mask = text(arguments, "mask", form.mask);
  options.where = text(arguments, "where", "");
  return options;
}

std::vector<std::string> chosen_files(const Arguments& arguments,
                                      const std::vector<std::string>& files) {
  if (!arguments.given("where") || arguments.given("sample-dims")) return files;
  if (!arguments.given("name-fields"))
    throw Error(ErrorKind::usage, "--where wants --name-fields",
                {.hint = "say what the files' names tell, as in --name-fields product,year,day"});
  const auto fields = data::NameFields::parse(arguments.text("name-fields"));
  return data::Where::parse(arguments.text("where"), fields, "--where").filter(files, fields);
}

std::string sample_dims_text(const data::RawSet& set) {
  if (!set.sampling) return set.column_dim;
  std::vector<std::string> dims;
  for (const auto& dim : set.sample_dimensions())
    dims.push_back(fmt::format("{} {}", dim.name, dim.length));
  return fmt::format("{}", fmt::join(dims, ", "));
}

void warn_of_left_out(const data::RawSet& set, const char* command) {
  if (!set.sampling) return;
  if (const auto steps = set.sampling->left_over; steps > 0)
    fmt::print(stderr, "colonnade {}: warning: {} steps of {} fill no window: they are left out\n",
               command, steps, set.sampling->dims.front().name);
  if (const auto& files = set.sampling->unused; !files.empty())
    fmt::print(stderr,
               "colonnade {}: warning: {} files hold none of the variables and are left out, such "
               "as {}\n",
               command, files.size(), files.front());
}

}  // namespace colonnade::jobs
