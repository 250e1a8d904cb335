#include "jobs.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/synth/kinds.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace colonnade::jobs {

using app::Arguments;

namespace {

app::Command synth_command() {
  return {
      .name = "synth",
      .summary = "made data to try everything with: columns, fires, chips, scenes",
      .description =
          "Writes atmospheric columns (pressure, temperature, humidity, ozone, layered clouds, "
          "surface, sun) with the "
          "change of the radiative fluxes when cloud sides see the sun and the surface, from a "
          "grey two-stream "
          "calculation. Every column is a function of the seed and its number alone: the same "
          "on any number of ranks. "
          "1,085,440 columns, the size of the public 3D-correction set, take 21 GB. Other kinds "
          "are for the jobs of their names; what is true of them stands in the sources "
          "src/synth/KIND.cpp.",
      .files = {},
      .options = {{.name = "kind",
                   .value_name = "columns|fire|chips|landcover|climsim",
                   .fallback = "columns",
                   .help = "columns: the 3D-correction layout; fire: scans of ten days in the "
                           "layout of GOES' fire product; chips: small images with lists of "
                           "labels; landcover: scenes of a year under clouds, and maps of "
                           "classes; climsim: ClimSim's low-resolution layout"},
                  {.name = "columns",
                   .value_name = "N",
                   .help = "columns in all (16384), or pixels of a scan of fire (768), chips "
                           "in all (4000), pixels of a scene of landcover (256), columns of a "
                           "time step of climsim (384)",
                   .least = 1.0},
                  {.name = "files",
                   .value_name = "N",
                   .help = "files they are shared out over (4, chips too), or scans a day of "
                           "fire (288), places of landcover (24), time steps of climsim (72)",
                   .least = 1.0},
                  {.name = "out",
                   .value_name = "DIR",
                   .help = "folder of the files, made if absent",
                   .required = true},
                  {.name = "seed",
                   .value_name = "N",
                   .fallback = "1",
                   .help = "another seed gives other columns",
                   .least = 0.0}},
      .examples = {"mpirun -n 2 colonnade synth --columns 16384 --files 4 --out raw",
                   "mpirun -n 2 colonnade synth --kind fire --out fire"}};
}

synth::Options options_of(const Arguments& arguments, std::int64_t columns, std::int64_t files) {
  synth::Options options;
  options.columns = arguments.has("columns") ? arguments.integer("columns") : columns;
  options.files = arguments.has("files") ? arguments.integer("files") : files;
  options.folder = arguments.text("out");
  options.seed = static_cast<std::uint64_t>(arguments.integer("seed"));
  options.force = arguments.flag("force");
  options.provenance["versions"] = versions();
  return options;
}

void expect_place(const Arguments& arguments, const synth::Options& options,
                  const std::vector<std::string>& paths) {
  for (const auto& path : paths) io::expect_no_input(path, app::inputs_of(arguments));
  synth::expect_free_folder(options, paths);
}

void make_columns(const Arguments& arguments, const mpi::Communicator& comm) {
  auto options = options_of(arguments, 16384, 4);
  mpi::agreed(comm, "output", [&] {
    synth::expect_files(options);
    expect_place(arguments, options, synth::file_paths(options));
  });
  const std::int64_t bytes = synth::raw_bytes(options.columns);
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: {} ranks; {} columns in {} files, {}, in {}\n", comm.size(),
                 base::human_count(options.columns), options.files, base::human_bytes(bytes),
                 options.folder);
    return;
  }
  options.provenance["source"] =
      "colonnade synth: grey two-stream calculation with and without light through cloud sides";
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto start = std::chrono::steady_clock::now();
  synth::make_files(comm, options, progress.sink());
  progress.end_line();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (comm.is_root())
    fmt::print("made {} columns in {} files {:.3f} GB {:.2f} s {:.0f} columns/s\n", options.columns,
               options.files, static_cast<double>(bytes) * 1e-9, seconds,
               static_cast<double>(options.columns) / seconds);
}

void make_kind(const Arguments& arguments, const mpi::Communicator& comm, const synth::Kind& kind) {
  auto options = options_of(arguments, kind.columns, kind.files);
  options.provenance["source"] = "colonnade synth --kind " + kind.name;
  const auto paths = mpi::agreed(comm, "output", [&] {
    auto of_kind = synth::kind_paths(kind, options);
    expect_place(arguments, options, of_kind);
    return of_kind;
  });
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: {} ranks; {} files of {}, in {}\n", comm.size(), paths.size(), kind.name,
                 options.folder);
    return;
  }
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  synth::make_kind_files(comm, kind, options, progress.sink());
  progress.end_line();
  if (comm.is_root()) fmt::print("made {} files in {}\n", paths.size(), options.folder);
}

void synth_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto& kinds = synth::all_kinds();
  const auto kind = std::ranges::find(kinds, arguments.text("kind"), &synth::Kind::name);
  if (kind == kinds.end())
    make_columns(arguments, comm);
  else
    make_kind(arguments, comm, *kind);
}

}  // namespace

app::Job synth_job() {
  return {synth_command(), synth_work};
}

}  // namespace colonnade::jobs
