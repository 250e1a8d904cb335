#include "evaluate.hpp"

#include "jobs.hpp"

#include <colonnade/app/progress.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/evaluation.hpp>
#include <colonnade/train/evaluation_report.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/predictor_match.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

namespace colonnade::jobs {

using app::Arguments;
using base::Error;
using base::ErrorKind;

namespace {

app::Command evaluate_command() {
  return {
      .name = "evaluate",
      .summary = "errors of a model per target and level, in physical units, beside simple ones",
      .description =
          "Runs the model of RUN (a run directory, or a model file) over a split of the data it "
          "was trained with, and compares prediction and truth in physical units: MAE, RMSE, bias "
          "(prediction minus truth) and R2 for each target, pooled over levels and over all "
          "targets; MAE also in percent of the mean absolute target, the signal. Beside the model "
          "stand three predictors that know less: zero, the mean of the training split, and a "
          "linear ridge regression. Where the targets are up and down fluxes and the inputs hold "
          "pressure_hl, heating rates follow; where heating rates are targets too, how far they "
          "are "
          "from the divergence of the predicted fluxes. Errors at the top and the surface stand by "
          "themselves, and confidence intervals follow. The JSON holds more: profiles, errors by "
          "classes of the sun's height and of cloud cover, histograms of prediction and truth. The "
          "numbers are the same to the bit on any number of ranks and threads.\n\n"
          "A model of classes is compared by precision, recall and F1 of each class, the area "
          "under "
          "the ROC curve, average precision, log loss, calibration and the confusion matrix, "
          "beside "
          "a predictor that knows only how frequent the classes are in the training split. "
          "--threshold belongs to such models, --ridge, --target-weights and --places to the "
          "others.\n\n"
          "Writes evaluation_SPLIT.json, and for models of numbers profiles_SPLIT.csv and "
          "profiles_SPLIT.nc, into RUN, in place of older ones.",
      .files = {.usage = "RUN", .help = "what train made", .least = 1, .most = 1},
      .options =
          {{.name = "split",
            .value_name = "train|validation|test",
            .fallback = "test",
            .help = "the columns to evaluate on"},
           {.name = "data",
            .value_name = "DATA.h5",
            .help = "the prepared file, if it is no longer where train found it"},
           {.name = "json",
            .value_name = "FILE",
            .help = "write the JSON here instead of RUN/evaluation_SPLIT.json"},
           {.name = "out", .value_name = "DIR", .help = "an existing folder for the files"},
           {.name = "ridge",
            .value_name = "X",
            .help = "penalty lambda of the linear predictor, in mean variances of the inputs; by "
                    "default the best of 0.01, 0.1 and 1 on the validation split",
            .least = 0.0},
           {.name = "ridge-columns",
            .value_name = "N",
            .fallback = "65536",
            .help = "fit the linear predictor to at most so many training columns",
            .least = 1.0},
           {.name = "no-ridge", .help = "leave the linear predictor out"},
           {.name = "target-weights",
            .value_name = "NAME=X,...",
            .help = "what targets count in the errors of all targets together, as in "
                    "flux_dn_sw=1,flux_up_sw=2; those not named count 1"},
           {.name = "threshold",
            .value_name = "X",
            .fallback = "0.5",
            .help = "the probability from which on a class is predicted, of models that tell any "
                    "number of classes; where exactly one is true, the most probable is",
            .least = 0.0,
            .most = 1.0},
           {.name = "bootstrap",
            .value_name = "N",
            .fallback = "1000",
            .help =
                "replicates for confidence intervals, drawn from blocks of neighbouring columns "
                "of the raw files; 0: none",
            .least = 0.0,
            .most = 1e6},
           {.name = "bootstrap-block",
            .value_name = "N",
            .help = "raw columns in a block; by default as many as make 512 blocks, at least 32",
            .least = 1.0},
           {.name = "bootstrap-seed",
            .value_name = "N",
            .fallback = "1",
            .help = "which blocks are drawn",
            .least = 0.0},
           {.name = "confidence",
            .value_name = "X",
            .fallback = "0.95",
            .help = "of the intervals",
            .least = 0.0,
            .most = 1.0},
           {.name = "places",
            .value_name = "N",
            .help =
                "columns of a time step in the raw files, such as ClimSim's 384: adds errors at "
                "each place and level over time, averaged over places and levels afterwards",
            .least = 1.0}},
      .examples = {"mpirun -n 2 colonnade evaluate run",
                   "colonnade evaluate run --split validation --no-ridge"}};
}

/// Of "flux_dn_sw=1", "flux_up_sw=2".
std::map<std::string, double> weights_from(const std::vector<std::string>& words) {
  std::map<std::string, double> weights;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto number = equals == std::string::npos ? "" : word.substr(equals + 1);
    char* end = nullptr;
    const double weight = std::strtod(number.c_str(), &end);
    const bool is_number = !number.empty() && *end == '\0' && std::isfinite(weight);
    if (!is_number || weight < 0.0 || !weights.emplace(word.substr(0, equals), weight).second)
      throw Error(ErrorKind::usage, "a weight is NAME=X, X a number from 0 on, each name once",
                  {.value = word, .hint = "write --target-weights flux_dn_sw=1,flux_up_sw=2"});
  }
  return weights;
}

train::BootstrapOptions bootstrap_from(const Arguments& arguments) {
  train::BootstrapOptions options{
      .replicates = arguments.integer("bootstrap"),
      .confidence = arguments.real("confidence"),
      .block_columns = arguments.has("bootstrap-block") ? arguments.integer("bootstrap-block") : 0,
      .seed = static_cast<std::uint64_t>(arguments.integer("bootstrap-seed"))};
  if (options.confidence <= 0.0 || options.confidence >= 1.0)
    throw Error(ErrorKind::usage, "--confidence lies between 0 and 1",
                {.value = arguments.text("confidence"), .hint = "write --confidence 0.95"});
  return options;
}

train::EvaluationOptions options_from(const Arguments& arguments) {
  train::EvaluationOptions options;
  options.threads = static_cast<int>(arguments.integer("threads"));
  options.bootstrap = bootstrap_from(arguments);
  if (arguments.has("places")) options.places = arguments.integer("places");
  if (arguments.has("target-weights"))
    options.target_weights = weights_from(arguments.texts("target-weights"));
  if (arguments.flag("no-ridge")) {
    if (arguments.given("ridge") || arguments.given("ridge-columns"))
      throw Error(ErrorKind::usage, "--no-ridge and --ridge contradict each other",
                  {.hint = "leave one of them out"});
    options.ridge.reset();
    return options;
  }
  options.ridge->columns = arguments.integer("ridge-columns");
  if (arguments.has("ridge")) options.ridge->lambdas = {arguments.real("ridge")};
  return options;
}

void print_plan(const EvaluationPlaces& places, const train::ColumnSource& source,
                mpi::Range columns, int ranks) {
  fmt::print("# plan: {} ranks; {} of {} at {} columns; {} inputs, {} targets\n", ranks,
             places.model, places.data, base::human_count(columns.size()), source.inputs,
             source.outputs);
  fmt::print("# writes {} and profiles into {}\n", places.json, places.folder);
}

/// The files under way. Those in RUN, or in --out, take the place of older ones.
struct Outputs {
  Outputs(const mpi::Communicator& comm, const EvaluationPlaces& places, const Arguments& arguments)
      : profiles(comm, profiles_path(places, arguments, ".nc"), true),
        table(comm, profiles_path(places, arguments, ".csv"), true),
        json(comm, places.json, arguments.flag("force") || !arguments.has("json")) {}

  static std::string profiles_path(const EvaluationPlaces& places, const Arguments& arguments,
                                   const char* suffix) {
    return places.folder + "/profiles_" + arguments.text("split") + suffix;
  }

  io::OutputPath profiles, table, json;
};

void check_outputs(const EvaluationPlaces& places, const Arguments& arguments,
                   const train::Model& model) {
  const std::vector<std::string> inputs{places.model, places.data,
                                        field_of(model.provenance, "data")};
  expect_no_input(places.json, arguments, inputs);
  for (const char* suffix : {".nc", ".csv"}) {
    const auto profiles = Outputs::profiles_path(places, arguments, suffix);
    expect_no_input(profiles, arguments, inputs);
    if (place_of(profiles) == place_of(places.json))
      throw Error(ErrorKind::usage, "the JSON and the profiles would have one name",
                  {.file = places.json, .hint = "choose another --json"});
  }
}

void write_outputs(const mpi::Communicator& comm, Outputs& outputs, const train::Model& model,
                   const train::Evaluation& evaluation,
                   const std::map<std::string, std::string>& about) {
  mpi::agreed_on_root(comm, "output", [&] {
    train::write_profiles(outputs.profiles.temporary(), evaluation, model.recipe, about);
    io::write_text_file(outputs.table.temporary(), train::profiles_csv(evaluation));
    io::write_text_file(outputs.json.temporary(), train::json_of(evaluation, about));
  });
  for (auto* output : {&outputs.table, &outputs.json, &outputs.profiles}) output->commit();
}

void print_ridge(const train::Ridge& ridge, std::int64_t training_columns) {
  fmt::print("ridge: lambda {:g}{}, fitted to {} training columns\n", ridge.lambda,
             ridge.chosen_by_validation ? " (best on the validation split)" : "",
             ridge.columns < training_columns
                 ? fmt::format("the first {} of {}", ridge.columns, training_columns)
                 : fmt::format("all {}", ridge.columns));
}

/// **Collective.** A model of numbers.
void evaluate_numbers(const mpi::Communicator& comm, const EvaluationInput& input) {
  const auto& [arguments, places, options, model, source, columns, about] = input;
  mpi::agreed(comm, "output", [&] { check_outputs(input.places, input.arguments, input.model); });
  if (arguments.flag("dry-run")) {
    if (comm.is_root()) print_plan(places, source, columns, comm.size());
    return;
  }
  Outputs outputs(comm, places, arguments);
  app::Progress progress(std::cerr,
                         app::Progress::style_of_stderr(comm.is_root(), arguments.flag("quiet")));
  const auto evaluation = train::evaluate(comm, model, source, columns, options, progress.sink());
  progress.end_line();
  write_outputs(comm, outputs, model, evaluation, about);
  if (!comm.is_root()) return;
  const auto& split = arguments.text("split");
  fmt::print("{} split, {} columns\n{}", split, evaluation.columns, train::table_of(evaluation));
  if (evaluation.ridge) print_ridge(*evaluation.ridge, source.train.size());
  fmt::print("wrote {} and {}/profiles_{}.csv and .nc\n", places.json, places.folder, split);
}

void evaluate_work(const Arguments& arguments, const mpi::Communicator& comm) {
  auto places = mpi::agreed(comm, "options", [&] { return evaluation_places(arguments); });
  auto options = mpi::agreed(comm, "options", [&] { return options_from(arguments); });
  auto model = train::read_model(comm, places.model);
  if (places.data.empty()) {
    places.data = field_of(model.provenance, "data");
    mpi::agreed_on_root(comm, "open", [&] {
      if (!io::is_there(places.data))
        throw Error(ErrorKind::storage, "the data that the model was trained with are not there",
                    {.file = places.data, .hint = "say with --data where they are now"});
    });
  }
  const auto data = data::PreparedFile::open(comm, places.data);
  const auto& split = arguments.text("split");
  const auto [source, columns] = mpi::agreed(comm, "evaluation", [&] {
    expect_options_fit(arguments, model.recipe.classes);
    train::expect_same_encoding(model.recipe, data.recipe(), places.data);
    return std::pair(train::source_of(data), data.split(split));
  });
  const std::map<std::string, std::string> about{
      {"model", places.model},
      {"model_weights", field_of(model.provenance, "weights_hash")},
      {"data", places.data},
      {"data_content", data.content()},
      {"split", split}};
  const bool is_other_data = data.content() != field_of(model.provenance, "data_content");
  const EvaluationInput input{arguments, places, std::move(options), std::move(model), source,
                              columns,   about};
  if (input.model.recipe.classes)
    evaluate_classes(comm, input);
  else
    evaluate_numbers(comm, input);
  if (comm.is_root() && is_other_data)
    fmt::print("note: this is not the data that the model was trained with\n");
}

}  // namespace

app::Job evaluate_job() {
  return {evaluate_command(), evaluate_work};
}

}  // namespace colonnade::jobs
