#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/data/division.hpp>
#include <colonnade/data/ownership.hpp>
#include <colonnade/data/prepare.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <filesystem>

namespace colonnade::data {

using base::Error;
using base::ErrorKind;

namespace {

/// More passes than these cost more than rows written one by one do (on a disc that reads three
/// times as fast as it writes, as many again).
constexpr std::int64_t most_passes = 4;

/// A stack replaces a stack, and no folder that holds other things.
void expect_no_foreign_folder(const PrepareOptions& options) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!options.npy || !fs::is_directory(options.out, ignored) ||
      fs::is_empty(options.out, ignored) ||
      fs::exists(fs::path(options.out) / "metadata.json", ignored))
    return;
  throw Error(ErrorKind::usage,
              "the output exists already, and is no npy stack that --force replaces",
              {.file = options.out, .hint = "choose another --out"});
}

void expect_fitting_norms(const PrepareOptions& options) {
  if (options.layout == "levels" && !(options.input_norm.empty() && options.target_norm.empty()))
    throw Error(ErrorKind::usage, "--input-norm and --target-norm work on the flat layout",
                {.hint = "use --layout flat"});
  if (options.classes && !options.target_norm.empty())
    throw Error(ErrorKind::usage, "a target that tells classes has no normalisation",
                {.hint = "leave --target-norm out"});
  std::vector<std::string> files;
  for (const auto* const norm : {&options.input_norm, &options.target_norm})
    for (const auto& [key, path] : *norm) files.push_back(path);
  io::expect_no_input(options.out, files);
}

Recipe make_recipe(const PrepareOptions& options, const RawSet& set) {
  const bool levels = options.layout == "levels";
  const bool picks =
      !options.selection.select.empty() || !options.selection.drop.empty() || options.drop_constant;
  if (levels && picks)
    throw Error(ErrorKind::usage, "--select, --drop and --drop-constant work on the flat layout",
                {.hint = "leave whole variables out with --inputs, or use --layout flat"});
  if (levels && options.classes)
    throw Error(ErrorKind::usage, "--classes and --labels work on the flat layout",
                {.hint = "use --layout flat"});
  Recipe recipe = levels ? levels_recipe(set, options.inputs.size())
                         : flat_recipe(set, options.inputs.size(), options.selection);
  if (options.classes) set_classes(recipe, *options.classes);
  set_transforms(recipe, options.transforms);
  static_cast<void>(factors_of(options.input_weights, features_of(recipe.inputs), "the inputs"));
  return recipe;
}

/// Whether a rank's share of the output is gathered at once, in parts, or not in memory at all.
void plan_passes(PrepareSummary& summary, const PrepareOptions& options, int ranks) {
  const std::int64_t bytes = summary.recipe.row_bytes() + 8;
  const std::int64_t share = Ownership{summary.columns, options.shard_columns, ranks}.of(0).size();
  const std::int64_t passes = passes_for(
      share, options.shard_columns,
      static_cast<std::int64_t>(options.memory_bytes / static_cast<std::uint64_t>(bytes)));
  summary.share_bytes = share * bytes;
  summary.in_memory = passes > 0 && passes <= most_passes;
  summary.passes = summary.in_memory ? passes : 1;
}

}  // namespace

PrepareSummary plan_prepare(const mpi::Communicator& comm, const PrepareOptions& options) {
  auto names = options.inputs;
  names.insert(names.end(), options.targets.begin(), options.targets.end());
  PrepareSummary summary;
  summary.set = options.source ? RawSet::scan(comm, options.files, options.inputs, options.targets,
                                              *options.source)
                               : RawSet::scan(comm, options.files, names, options.column_dim);
  mpi::agreed(comm, "plan", [&] {
    base::fault_site(base::FaultSite::plan);
    summary.set.expect_no_input(options.out);
    summary.set.expect_alike();
    summary.set.expect_all_used();
    expect_no_foreign_folder(options);
    expect_fitting_norms(options);
    if (options.shard_columns < 1)
      throw Error(ErrorKind::usage, "--shard wants at least one column");
    summary.groups = groups_of(summary.set, options.division);
    static_cast<void>(divide(summary.set, summary.groups, options, {}));
    summary.recipe = make_recipe(options, summary.set);
    keep_missing(summary.set.variables, summary.recipe);
    summary.columns = summary.set.columns();
    summary.output_bytes = summary.columns * (summary.recipe.row_bytes() + 8);
    plan_passes(summary, options, comm.size());
    if (!summary.in_memory && options.npy)
      throw Error(ErrorKind::usage,
                  fmt::format("--format npy wants each rank's share in memory, in {} parts at most",
                              most_passes),
                  {.value = fmt::format("{:.2f} GB a rank",
                                        static_cast<double>(summary.share_bytes) * 1e-9),
                   .hint = "use more ranks, a larger --memory, or --format hdf5"});
    summary.reads = summary.passes + (options.missing.drops() ? 1 : 0) +
                    (!summary.in_memory || options.drop_constant ? 1 : 0);
  });
  if (!options.input_norm.empty())
    summary.input_norm = PublishedNorm::read(comm, options.input_norm, summary.recipe.inputs);
  if (!options.target_norm.empty())
    summary.target_norm = PublishedNorm::read(comm, options.target_norm, summary.recipe.targets);
  return summary;
}

}  // namespace colonnade::data
