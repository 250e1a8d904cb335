#include "jobs.hpp"

#include <colonnade/base/human.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>
#include <colonnade/train/onnx_model.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace colonnade::jobs {

using app::Arguments;

namespace {

app::Command export_command() {
  return {.name = "export",
          .summary = "a model as ONNX, for other runtimes",
          .description =
              "Writes the model of RUN (a run directory, or a model file) as an ONNX graph that "
              "does all that predict does: it takes the raw variables by their names, as the raw "
              "files hold them (float32, unpacked, the column dimension first and of any length), "
              "selects, transforms and normalises, runs the network, and gives the targets by "
              "their names in physical units, or as NAME_probability (column, class) where the "
              "target NAME tells classes. Outputs equal those of predict to the rounding of "
              "float32. Missing values, and units, are the caller's to check: names and units "
              "are in the metadata (feature_name, feature_units, target_name, target_units, and "
              "feature_variables and target_variables by raw variable), as is the provenance.",
          .files = {.usage = "RUN", .help = "what train made", .least = 1, .most = 1},
          .options = {{.name = "onnx",
                       .value_name = "MODEL.onnx",
                       .help = fmt::format("the file to write, for runtimes of operator set {} "
                                           "(2020) and newer",
                                           train::onnx_opset),
                       .required = true}},
          .examples = {"colonnade export run --onnx model.onnx",
                       "colonnade export run/final.h5 --onnx last.onnx --force"}};
}

std::string text_of(const std::vector<data::RawVariable>& variables) {
  std::string text;
  for (const auto& variable : variables) {
    text += (text.empty() ? "" : ", ") + variable.name;
    if (!variable.shape.empty()) text += fmt::format(" ({})", fmt::join(variable.shape, ", "));
  }
  return text;
}

void export_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const auto path = model_path(arguments.files().front());
  const auto& out = arguments.text("onnx");
  const auto model = train::read_model(comm, path);
  mpi::agreed(comm, "output", [&] {
    expect_no_input(out, arguments, {path, field_of(model.provenance, "data")});
  });
  std::string bytes;
  mpi::agreed_on_root(comm, "export", [&] { bytes = train::onnx_model(model, versions()); });
  const auto size = base::human_bytes(static_cast<std::int64_t>(bytes.size()));
  if (arguments.flag("dry-run")) {
    if (comm.is_root()) fmt::print("# plan: {} in {}; nothing else is written\n", size, out);
    return;
  }
  io::OutputPath output(comm, out, arguments.flag("force"));
  mpi::agreed_on_root(comm, "writing the model",
                      [&] { io::write_text_file(output.temporary(), bytes); });
  output.commit();
  if (!comm.is_root()) return;
  const auto& recipe = model.recipe;
  fmt::print("inputs: {}\noutputs: {}\n", text_of(recipe.inputs),
             recipe.classes ? fmt::format("{} ({})", data::probability_name(recipe),
                                          recipe.classes->classes.size())
                            : text_of(recipe.targets));
  fmt::print("wrote {}: {}, operator set {}\n", out, size, train::onnx_opset);
}

}  // namespace

app::Job export_job() {
  return {export_command(), export_work};
}

}  // namespace colonnade::jobs
