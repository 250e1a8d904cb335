#include "evaluate.hpp"
#include "jobs.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/class_evaluation.hpp>

#include <fmt/format.h>

#include <iostream>

namespace colonnade::jobs {

using base::Error;
using base::ErrorKind;

void expect_options_fit(const app::Arguments& arguments,
                        const std::optional<data::Classes>& classes) {
  expect_threshold_fits(arguments, classes);
  if (!classes) return;
  for (const char* option : {"ridge", "ridge-columns", "target-weights", "places"})
    if (arguments.given(option))
      throw Error(ErrorKind::usage,
                  fmt::format("--{} is for models of numbers, and this one tells classes", option),
                  {.hint = "leave it out"});
}

void evaluate_classes(const mpi::Communicator& comm, const EvaluationInput& input) {
  const auto& [arguments, places, options, model, source, columns, about] = input;
  mpi::agreed(comm, "output", [&] {
    expect_no_input(
        input.places.json, input.arguments,
        {input.places.model, input.places.data, field_of(input.model.provenance, "data")});
  });
  if (arguments.flag("dry-run")) {
    if (comm.is_root())
      fmt::print("# plan: {} ranks; {} of {} at {} columns; {} inputs, {} classes\n# writes {}\n",
                 comm.size(), places.model, places.data, base::human_count(columns.size()),
                 source.inputs, source.outputs, places.json);
    return;
  }
  io::OutputPath output(comm, places.json, arguments.flag("force") || !arguments.has("json"));
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto evaluation = train::evaluate_classes(comm, model, source, columns,
                                                  {.threads = options.threads,
                                                   .threshold = arguments.real("threshold"),
                                                   .bootstrap = options.bootstrap},
                                                  progress.sink());
  progress.end_line();
  mpi::agreed_on_root(comm, "output", [&] {
    io::write_text_file(output.temporary(), train::json_of(evaluation, input.about));
  });
  output.commit();
  if (!comm.is_root()) return;
  fmt::print("{} split, {} columns\n{}", arguments.text("split"), evaluation.columns,
             train::table_of(evaluation));
  fmt::print("wrote {}\n", places.json);
}

}  // namespace colonnade::jobs
