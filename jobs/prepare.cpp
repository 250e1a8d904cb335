#include "jobs.hpp"
#include "prepare_encoding.hpp"
#include "source.hpp"
#include "split_options.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/app/progress.hpp>
#include <colonnade/app/time_split.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/prepare.hpp>
#include <colonnade/mpi/activity.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/node_memory.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

namespace colonnade::jobs {

using app::Arguments;
using data::PrepareOptions;

namespace {

app::Command prepare_command() {
  app::Command command{
      .name = "prepare",
      .summary = "raw files to a training set: resharded, shuffled, split, normalised, checked",
      .description =
          "Reads the named variables of NetCDF-4, NetCDF classic or HDF5 files, concatenated along "
          "the "
          "column dimension, and writes one HDF5 file (which xarray, ncdump and h5py open as "
          "NetCDF-4) "
          "with inputs x and targets y, one chunk per shard of columns, in shuffled order. "
          "Statistics "
          "are taken over the training split only. The file has the same content, to the bit, on "
          "any "
          "number of ranks.\n\n"
          "--inputs and --targets take any variables that have the column dimension first. "
          "Features "
          "are named NAME or NAME[LEVEL]; --select and --drop take NAME, NAME[LEVEL], "
          "NAME[FIRST:END] or the raw variable's name. --transform applies functions before the "
          "statistics: root2, root4 and log1p, which keep the sign, log, clip:LOW:HIGH, scale:S "
          "(times S), offset:O (plus O), fill:V (V for what is missing, whatever --missing says), "
          "or a chain of them, as in fill:0|scale:0.00025|clip:0:1; of clip and fill nothing comes "
          "back.\n\n"
          "Numbers that are packed (scale_factor, add_offset) are unpacked. When a rank's share of "
          "the output exceeds --memory, it is made in up to four parts, each from one pass over "
          "the input; when that does not do, the input is read twice and rows are written one by "
          "one, "
          "which is slower. --drop-constant takes one more pass.",
      .files = {.usage = "FILE...",
                .help = "raw files; patterns such as data/*.nc are expanded",
                .least = 1,
                .most = 1000000},
      .options = {{.name = "out",
                   .value_name = "DATA.h5",
                   .help = "the prepared file (a folder with --format npy)",
                   .required = true},
                  app::files_from_option(),
                  {.name = "inputs",
                   .value_name = "NAMES",
                   .fallback = "hl_inputs,inter_inputs,sca_inputs,col_inputs",
                   .help = "input variables, in this order"},
                  {.name = "targets",
                   .value_name = "NAMES",
                   .fallback = "flux_dn_sw,flux_up_sw,flux_dn_lw,flux_up_lw",
                   .help = "target variables, in this order"},
                  {.name = "column-dim",
                   .value_name = "NAME",
                   .fallback = "column",
                   .help = "name of the dimension along which columns lie"},
                  {.name = "layout",
                   .value_name = "flat|levels",
                   .fallback = "flat",
                   .help = "x and y as vectors, or on the targets' half levels"},
                  {.name = "select", .value_name = "NAMES", .help = "keep only these features"},
                  {.name = "drop", .value_name = "NAMES", .help = "leave these features out"},
                  {.name = "drop-constant",
                   .help = "leave out features that never change in the training split"},
                  {.name = "shard",
                   .value_name = "N",
                   .fallback = "160",
                   .help = "columns of a shard: one chunk of the file",
                   .least = 1.0},
                  {.name = "shuffle-seed",
                   .value_name = "N",
                   .fallback = "1",
                   .help = "key of the permutation of the columns",
                   .least = 0.0},
                  {.name = "no-shuffle", .help = "keep the columns in the order of the files"},
                  {.name = "missing",
                   .value_name = "POLICY",
                   .fallback = "fail",
                   .help =
                       "what to do with missing values (NaN, _FillValue, missing_value, outside "
                       "valid_range): fail stops; drop-any drops columns that lack a value; "
                       "drop-all those that lack all inputs, and stops at others; drop-all,fill=V "
                       "fills these with V; fill=V drops none"},
                  {.name = "format",
                   .value_name = "hdf5|npy",
                   .fallback = "hdf5",
                   .help = "one file, or stacks for dask.array.from_npy_stack"},
                  {.name = "memory",
                   .value_name = "SIZE",
                   .fallback = "4G",
                   .help = "memory of a rank for its share of the output; 0: four fifths of what "
                           "its node has free, shared by the node's ranks",
                   .least = 0.0},
                  {.name = "no-verify",
                   .help = "do not read the written file back to check its hashes"}},
      .examples = {
          "mpirun -n 4 colonnade prepare data/*.nc --out columns.h5",
          "colonnade prepare data/*.nc --out columns.h5 --transform \"q_liquid=root4 "
          "q_ice=root4\" --target-scale variable",
          "colonnade prepare sim.h5 --inputs T,q,ps --targets dT --column-dim ncol --out "
          "columns.h5",
          "colonnade prepare scans/*.nc --name-fields product,year,day --group-by year,day "
          "--split-by group --out columns.h5"}};
  const auto encoding = encoding_options();
  const auto place = std::find_if(command.options.begin(), command.options.end(),
                                  [](const app::Option& option) { return option.name == "shard"; });
  command.options.insert(place, encoding.begin(), encoding.end());
  const auto splits = split_options();
  command.options.insert(command.options.end(), splits.begin(), splits.end());
  for (auto& option : source_options()) command.options.push_back(std::move(option));
  command.options.push_back(label_option());
  return command;
}

PrepareOptions options_from(const Arguments& arguments) {
  PrepareOptions options;
  options.files = chosen_files(arguments, arguments.files());
  options.inputs = arguments.texts("inputs");
  options.targets = arguments.texts("targets");
  options.column_dim = arguments.text("column-dim");
  options.source = source_from(arguments);
  if (options.source && arguments.has("label")) {
    options.source->label = arguments.text("label");
    if (!arguments.given("targets")) options.targets = {data::label_name};
    if (std::find(options.targets.begin(), options.targets.end(), data::label_name) ==
        options.targets.end())
      throw base::Error(base::ErrorKind::usage, "--label makes a target that --targets leaves out",
                        {.value = arguments.text("targets"),
                         .hint = "name label among --targets, or leave --targets out"});
  }
  options.layout = arguments.text("layout");
  if (arguments.has("select")) options.selection.select = arguments.texts("select");
  if (arguments.has("drop")) options.selection.drop = arguments.texts("drop");
  options.drop_constant = arguments.flag("drop-constant");
  options.shard_columns = arguments.integer("shard");
  options.shuffle = !arguments.flag("no-shuffle");
  options.shuffle_seed = static_cast<std::uint64_t>(arguments.integer("shuffle-seed"));
  if (!options.shuffle && arguments.given("shuffle-seed"))
    throw base::Error(base::ErrorKind::usage,
                      "--no-shuffle and --shuffle-seed contradict each other",
                      {.hint = "leave one of them out"});
  set_split(arguments, options);
  take_encoding(arguments, options);
  options.missing = data::MissingPolicy::parse(arguments.text("missing"));
  options.npy = arguments.text("format") == "npy";
  options.memory_bytes = static_cast<std::uint64_t>(arguments.bytes("memory"));
  options.verify = !arguments.flag("no-verify");
  options.out = arguments.text("out");
  options.force = arguments.flag("force");
  return options;
}

void print_plan(const data::PrepareSummary& plan, const PrepareOptions& options, int ranks) {
  fmt::print(
      "# plan: {} ranks; {} columns in {} files; output {}, at most {} a rank; {}; the input is "
      "read {}\n",
      ranks, base::human_count(plan.columns), plan.set.files.size(),
      base::human_bytes(plan.output_bytes), base::human_bytes(plan.share_bytes),
      !plan.in_memory   ? "rows written one by one"
      : plan.passes > 1 ? fmt::format("shares in memory in {} parts", plan.passes)
                        : "shares in memory",
      plan.reads == 1 ? "once" : fmt::format("{} times", plan.reads));
  if (plan.set.sampling) fmt::print("# samples: {}\n", sample_dims_text(plan.set));
  for (const auto& array : plan.recipe.arrays)
    fmt::print("# {} ({}, {}) in {}\n", array.name, plan.columns, fmt::join(array.shape, ", "),
               options.out);
}

void print_constants(const data::PrepareReport& report) {
  if (report.constants > 0)
    fmt::print("{} inputs and targets never change in the training split: {}\n", report.constants,
               fmt::join(report.constant_features, " "));
}

void print_report(const data::PrepareReport& report, const std::string& out) {
  if (report.presence)
    fmt::print("missing values: {} columns have all data, {} some, {} none\n",
               (*report.presence)[0], (*report.presence)[1], (*report.presence)[2]);
  if (report.dropped > 0) fmt::print("dropped {} columns with missing values\n", report.dropped);
  if (report.left_over_steps > 0)
    fmt::print("{} steps at the ends of groups fill no window: they are left out\n",
               report.left_over_steps);
  for (const auto& split : report.splits)
    fmt::print("{:<10} columns {} to {} ({})\n", split.name, split.columns.begin, split.columns.end,
               split.columns.size());
  if (report.groups > 0) fmt::print("{} groups, which no split parts\n", report.groups);
  print_constants(report);
  print_classes(report);
  fmt::print("prepared {} columns {:.3f} GB read {:.3f} GB written {:.2f} s\n", report.columns,
             static_cast<double>(report.bytes_read) * 1e-9,
             static_cast<double>(report.bytes_written) * 1e-9, report.seconds);
  fmt::print("time of rank 0: {}\n", app::time_split(mpi::phase_times_s()));
  fmt::print("content {}\n", report.content);
  fmt::print("wrote {}\n", out);
}

/// What a user should know before the work, on standard error.
void warn(const PrepareOptions& options) {
  for (const auto& input : options.inputs)
    if (std::find(options.targets.begin(), options.targets.end(), input) != options.targets.end())
      fmt::print(stderr, "colonnade prepare: warning: {} is an input and a target\n", input);
}

void prepare_work(const Arguments& arguments, const mpi::Communicator& comm) {
  auto options = mpi::agreed(comm, "options", [&] {
    expect_no_input(arguments.text("out"), arguments);
    return options_from(arguments);
  });
  const auto free_bytes = static_cast<std::uint64_t>(mpi::memory_of_rank_bytes(comm));
  if (options.memory_bytes == 0) options.memory_bytes = free_bytes;
  if (arguments.flag("dry-run")) {
    const auto plan = data::plan_prepare(comm, options);
    if (comm.is_root()) print_plan(plan, options, comm.size());
    return;
  }
  if (comm.is_root()) warn(options);
  options.provenance["title"] = "columns prepared by colonnade";
  options.provenance["config"] = app::resolved_ini(prepare_command(), arguments);
  options.provenance["versions"] = versions();
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto report = data::prepare(comm, options, progress.sink());
  progress.end_line();
  if (comm.is_root()) print_report(report, options.out);
}

}  // namespace

app::Job prepare_job() {
  return {prepare_command(), prepare_work};
}

}  // namespace colonnade::jobs
