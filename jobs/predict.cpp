#include "jobs.hpp"
#include "source.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/layout.hpp>
#include <colonnade/data/raw_set.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/prediction_file.hpp>
#include <colonnade/train/predictor_match.hpp>
#include <colonnade/train/stopwatch.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;

namespace {

app::Command predict_command() {
  app::Command command{
      .name = "predict",
      .summary = "runs a model on raw files and writes its predictions as NetCDF-4",
      .description =
          "Reads the inputs of the model of RUN (a run directory, or a model file) from raw "
          "files, concatenated along the column dimension, and writes one variable per target, "
          "in physical units and in the shape of the source. Where the target NAME tells classes, "
          "these are NAME_probability and what follows from it: NAME_class, the most probable, "
          "where "
          "exactly one is true, else NAME_labels, 0 or 1 for each. The files need not hold the "
          "targets. Predictions are the same to the bit on any number of ranks and threads.",
      .files = {.usage = "RUN FILE...",
                .help = "what train made, then raw files; patterns such as data/*.nc are "
                        "expanded",
                .least = 2,
                .most = 1000000},
      .options = {{.name = "out",
                   .value_name = "PRED.nc",
                   .help = "the file of predictions",
                   .required = true},
                  app::files_from_option(),
                  {.name = "column-dim",
                   .value_name = "NAME",
                   .help = "the column dimension of these files, and of PRED.nc; by default "
                           "that of the model's"},
                  {.name = "missing",
                   .value_name = "fail|fill=V",
                   .fallback = "fail",
                   .help = "what to do with missing values: stop, or fill in V"},
                  {.name = "threshold",
                   .value_name = "X",
                   .fallback = "0.5",
                   .help = "the probability from which on a class is predicted, of models that "
                           "tell any number of classes",
                   .least = 0.0,
                   .most = 1.0}},
      .examples = {"mpirun -n 2 colonnade predict run data/*.nc --out predictions.nc",
                   "colonnade predict run/model.h5 today.nc --out today_3d.nc --force"}};
  for (auto& option : source_options()) command.options.push_back(std::move(option));
  return command;
}

/// Missing values that are not filled stay NaN: the predictor tells of those that the model reads.
data::MissingPolicy missing_policy(const std::string& text) {
  if (text == "fail") return {.kind = data::MissingPolicy::Kind::keep};
  const char* const hint = "use --missing fail or --missing fill=NUMBER";
  if (text.rfind("drop", 0) == 0)
    throw Error(ErrorKind::usage, "predictions cannot drop columns: they keep the files' order",
                {.value = text, .hint = hint});
  try {
    return data::MissingPolicy::parse(text);
  } catch (const Error& error) {
    throw Error(error.kind(), error.sentence(), {.value = text, .hint = hint});
  }
}

/// Samples lie in the files as in those that the model was trained with, but for what is told.
std::optional<data::SourceOptions> source_of(const Arguments& arguments,
                                             const train::Model& model) {
  if (model.recipe.source && arguments.has("column-dim"))
    throw Error(ErrorKind::usage, "the model's samples are described: --column-dim says nothing",
                {.hint = "use --sample-dims"});
  if (!model.recipe.source && arguments.given("sample-dims"))
    throw Error(ErrorKind::usage, "the model's columns are rows of files: use --column-dim");
  return source_from(arguments, model.recipe.source);
}

data::RawSet scan_inputs(const mpi::Communicator& comm, const train::Model& model,
                         const std::vector<std::string>& files,
                         const std::optional<data::SourceOptions>& source) {
  std::vector<std::string> names;
  for (const auto& input : model.recipe.inputs) names.push_back(input.name);
  auto set = source ? data::RawSet::scan(comm, files, source->form.inputs, {}, *source)
                    : data::RawSet::scan(comm, files, names, model.recipe.column_dim);
  mpi::agreed(comm, "scan", [&] {
    train::expect_same_inputs(model.recipe, set);
    set.expect_alike();
    data::keep_missing(set.variables, model.recipe);
  });
  return set;
}

void print_plan(const train::Model& model, const data::RawSet& set, const std::string& out,
                int ranks) {
  fmt::print("# plan: {} ranks; {} columns in {} files; {} inputs; {} in {}\n", ranks,
             base::human_count(set.columns()), set.files.size(), model.shape.inputs(),
             base::human_bytes(train::prediction_bytes(model.recipe, set.columns())), out);
}

std::map<std::string, std::string> attributes_of(const train::Model& model, const std::string& path,
                                                 const std::vector<std::string>& files) {
  const auto hash = base::hex(base::hash_values(std::span<const float>(model.weights)));
  return {{"title", "predictions of an emulator"},
          {"source", fmt::format("model {} with weights {}", path, hash)},
          {"history", fmt::format("colonnade predict {} {}", path, fmt::join(files, " "))},
          {"model_weights", hash},
          {"model_provenance", model.provenance},
          {"input_files", fmt::format("{}", fmt::join(files, "\n"))},
          {"versions", versions()}};
}

void predict_work(const Arguments& arguments, const mpi::Communicator& comm) {
  train::Stopwatch watch;
  const auto missing =
      mpi::agreed(comm, "options", [&] { return missing_policy(arguments.text("missing")); });
  const auto path = model_path(arguments.files().front());
  const auto files = mpi::agreed(comm, "options", [&] {
    return chosen_files(arguments, {arguments.files().begin() + 1, arguments.files().end()});
  });
  auto model = train::read_model(comm, path);
  if (arguments.has("column-dim")) model.recipe.column_dim = arguments.text("column-dim");
  const auto source = mpi::agreed(comm, "options", [&] { return source_of(arguments, model); });
  const auto set = scan_inputs(comm, model, files, source);
  const auto& out = arguments.text("out");
  mpi::agreed(comm, "output", [&] {
    expect_threshold_fits(arguments, model.recipe.classes);
    set.expect_no_input(out);
    expect_no_input(out, arguments, {path, field_of(model.provenance, "data")});
  });
  if (comm.is_root()) warn_of_left_out(set, "predict");
  if (arguments.flag("dry-run")) {
    if (comm.is_root()) print_plan(model, set, out, comm.size());
    return;
  }
  io::OutputPath output(comm, out, arguments.flag("force"));
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  train::PredictionFile file(comm, output.temporary(), model.recipe, set.sample_dimensions(),
                             arguments.real("threshold"), attributes_of(model, path, files));
  train::predict(comm, model, set, missing, static_cast<int>(arguments.integer("threads")), file,
                 progress.sink());
  file.close();
  output.commit();
  progress.end_line();
  if (!comm.is_root()) return;
  const double seconds = watch.lap_s();
  fmt::print("predicted {} columns {:.2f} s {:.0f} columns/s\n", set.columns(), seconds,
             static_cast<double>(set.columns()) / seconds);
  fmt::print("wrote {}\n", out);
}

}  // namespace

app::Job predict_job() {
  return {predict_command(), predict_work};
}

}  // namespace colonnade::jobs
