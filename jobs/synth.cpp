#include "jobs.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/synth_files.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>

#include <fmt/format.h>

#include <chrono>
#include <iostream>

namespace colonnade::jobs {

using app::Arguments;

namespace {

app::Command synth_command() {
  return {.name = "synth",
          .summary = "plausible columns to try everything with, in the 3D-correction layout",
          .description =
              "Writes atmospheric columns (pressure, temperature, humidity, ozone, layered clouds, "
              "surface, sun) with the "
              "change of the radiative fluxes when cloud sides see the sun and the surface, from a "
              "grey two-stream "
              "calculation. Every column is a function of the seed and its number alone: the same "
              "on any number of ranks. "
              "1,085,440 columns, the size of the public 3D-correction set, take 21 GB.",
          .files = {},
          .options = {{.name = "columns",
                       .value_name = "N",
                       .fallback = "16384",
                       .help = "columns in all",
                       .least = 1.0},
                      {.name = "files",
                       .value_name = "N",
                       .fallback = "4",
                       .help = "files they are shared out over",
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
          .examples = {"mpirun -n 2 colonnade synth --columns 16384 --files 4 --out raw"}};
}

void synth_work(const Arguments& arguments, const mpi::Communicator& comm) {
  data::SynthOptions options;
  options.columns = arguments.integer("columns");
  options.files = arguments.integer("files");
  options.folder = arguments.text("out");
  options.seed = static_cast<std::uint64_t>(arguments.integer("seed"));
  options.force = arguments.flag("force");
  mpi::agreed(comm, "output", [&] {
    data::expect_files(options);
    for (const auto& path : data::synth_paths(options))
      io::expect_no_input(path, app::inputs_of(arguments));
  });
  const std::int64_t bytes = data::synth_bytes(options.columns);
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: {} ranks; {} columns in {} files, {}, in {}\n", comm.size(),
                 base::human_count(options.columns), options.files, base::human_bytes(bytes),
                 options.folder);
    return;
  }
  options.provenance["source"] =
      "colonnade synth: grey two-stream calculation with and without light through cloud sides";
  options.provenance["versions"] = versions();
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto start = std::chrono::steady_clock::now();
  data::make_synth_files(comm, options, progress.sink());
  progress.end_line();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (comm.is_root())
    fmt::print("made {} columns in {} files {:.3f} GB {:.2f} s {:.0f} columns/s\n", options.columns,
               options.files, static_cast<double>(bytes) * 1e-9, seconds,
               static_cast<double>(options.columns) / seconds);
}

}  // namespace

app::Job synth_job() {
  return {synth_command(), synth_work};
}

}  // namespace colonnade::jobs
