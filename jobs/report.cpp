#include "jobs.hpp"

#include <colonnade/base/human.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/report/report.hpp>

#include <fmt/format.h>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;

namespace {

app::Command report_command() {
  return {
      .name = "report",
      .summary = "a page with all there is to see of one or more training runs",
      .description =
          "Writes one self-contained HTML file, which opens without a network, on a screen, a "
          "phone or paper: skill beside simple predictors, learning curves, errors along the "
          "vertical (heating rates too), prediction against truth, errors by sun and cloud, what "
          "is in the data, speed, settings and provenance; for classes their skill, confusion, "
          "calibration and ROC curves. Several runs are compared.\n\n"
          "It shows what evaluate has written: evaluate each RUN first. gnuplot draws the pictures "
          "(Debian: gnuplot-nox).",
      .files = {.usage = "RUN...",
                .help = "run directories that train has made and evaluate has evaluated",
                .least = 1,
                .most = 12},
      .options =
          {{.name = "out",
            .value_name = "FILE.html",
            .fallback = "report.html",
            .help = "the page"},
           {.name = "split",
            .value_name = "train|validation|test",
            .fallback = "test",
            .help = "the split on which the runs were evaluated"},
           {.name = "data",
            .value_name = "DATA.h5",
            .help = "the prepared file whose inputs are shown, if it is no longer where the first "
                    "RUN's training found it"},
           {.name = "no-inputs", .help = "leave out what is in the data: it need not be there"}},
      .examples = {"colonnade report run", "colonnade report run_1 run_2 --out comparison.html"}};
}

/// **Collective.** Of the data that the first run was trained with, unless told otherwise.
std::optional<report::InputSummary> inputs_of(const mpi::Communicator& comm,
                                              const Arguments& arguments,
                                              const report::RunRecord& first) {
  if (arguments.flag("no-inputs")) return std::nullopt;
  std::string path = arguments.has("data") ? arguments.text("data") : std::string();
  mpi::agreed_on_root(comm, "open", [&] {
    if (path.empty()) path = first.provenance.value("data", "");
    if (!io::is_there(path))
      throw Error(ErrorKind::storage, "the data that the first run was trained with are not there",
                  {.file = path, .hint = "say with --data where they are, or --no-inputs"});
  });
  path = comm.broadcast(std::move(path));
  return report::summarise_inputs(comm, data::PreparedFile::open(comm, path));
}

/// The files, beside those that train has made, that a page shows.
std::vector<std::string> read_by(const Arguments& arguments,
                                 const std::vector<report::RunRecord>& runs) {
  std::vector<std::string> paths;
  for (const auto& run : runs) {
    paths.push_back(run.path + "/evaluation_" + arguments.text("split") + ".json");
    paths.push_back(field_of(run.provenance.dump(), "data"));
  }
  if (arguments.has("data")) paths.push_back(arguments.text("data"));
  return paths;
}

void report_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto& out = arguments.text("out");
  const auto& split = arguments.text("split");
  std::vector<report::RunRecord> runs;
  for (const auto& path : arguments.files()) runs.push_back(report::read_run(comm, path, split));
  if (arguments.flag("dry-run")) {
    if (comm.is_root()) fmt::print("# plan: {} runs; writes {}\n", runs.size(), out);
    return;
  }
  mpi::agreed(comm, "output", [&] { expect_no_input(out, arguments, read_by(arguments, runs)); });
  io::OutputPath output(comm, out, arguments.flag("force"));
  const auto inputs = inputs_of(comm, arguments, runs.front());
  std::size_t bytes = 0;
  mpi::agreed_on_root(comm, "drawing", [&] {
    const auto page = report::report_page(runs, inputs, split, versions());
    bytes = page.size();
    io::write_text_file(output.temporary(), page);
  });
  output.commit();
  if (comm.is_root())
    fmt::print("wrote {} ({})\n", out, base::human_bytes(static_cast<std::int64_t>(bytes)));
}

}  // namespace

app::Job report_job() {
  return {report_command(), report_work};
}

}  // namespace colonnade::jobs
