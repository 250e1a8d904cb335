#include <colonnade/base/error.hpp>
#include <colonnade/base/fault.hpp>
#include <colonnade/io/hdf5.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/io/seal.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/train/model_file.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;

namespace {

/// Formats 2 and 4 have residual layers, 3 and 4 classes: programs that know older formats alone
/// would run such a network as one without, or give logits for probabilities.
constexpr std::array formats{"colonnade model 1", "colonnade model 2", "colonnade model 3",
                             "colonnade model 4"};

const char* format_of(const Model& model) {
  return formats[(model.shape.is_residual ? 1 : 0) + (model.recipe.classes ? 2 : 0)];
}

bool has_residual_layers(const std::string& format) {
  return format == formats[1] || format == formats[3];
}

/// What the file holds, as it stands there.
struct Record {
  std::vector<std::int64_t> widths;
  std::string format, activation, recipe, provenance;
  std::vector<float> weights;
};

void write_record(const std::string& path, const Record& record) {
  auto file = io::Hdf5File::create(path);
  const auto count = static_cast<std::int64_t>(record.weights.size());
  file.write_all<float>("weights", {{"parameter", count}}, record.weights);
  file.set_attribute("weights", "long_name",
                     "per layer the matrix (out, in), row-major, then the bias (out)");
  const auto widths = static_cast<std::int64_t>(record.widths.size());
  file.write_all<std::int64_t>("widths", {{"layer", widths}}, record.widths);
  file.write_text("recipe", record.recipe);
  file.write_text("provenance", record.provenance);
  file.set_attribute("", "format", record.format);
  file.set_attribute("", "activation", record.activation);
  file.close();
  io::seal(path);
}

Record read_record(const std::string& path) {
  if (!io::is_there(path))
    throw Error(ErrorKind::storage, "there is no such model",
                {.file = path, .hint = "train writes RUN/model.h5 at the end of its first epoch"});
  io::expect_regular(path);
  io::check_seal(path, "model", "resume the run, or train again");
  const auto file = io::Hdf5File::open(path);
  const auto format = file.text_attribute("", "format").value_or("");
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw Error(ErrorKind::data, "the file is not a model",
                {.file = path, .hint = "give a run directory that train has made"});
  return {.widths = file.read_all<std::int64_t>("widths"),
          .format = format,
          .activation = file.text_attribute("", "activation").value_or(""),
          .recipe = file.read_text("recipe"),
          .provenance = file.read_text("provenance"),
          .weights = file.read_all<float>("weights")};
}

template <typename T>
void broadcast(const mpi::Communicator& comm, std::vector<T>& values) {
  auto size = static_cast<std::int64_t>(values.size());
  comm.broadcast(std::span(&size, 1));
  values.resize(static_cast<std::size_t>(size));
  comm.broadcast(std::span(values));
}

}  // namespace

void write_model(const mpi::Communicator& comm, const std::string& path, const Model& model) {
  io::OutputPath output(comm, path, true);
  mpi::agreed_on_root(comm, "writing the model", [&] {
    base::fault_site(base::FaultSite::write_model, output.temporary());
    write_record(output.temporary(),
                 {.widths = model.shape.widths,
                  .format = format_of(model),
                  .activation = std::string(nn::name_of(model.shape.activation)),
                  .recipe = model.recipe.text(),
                  .provenance = model.provenance,
                  .weights = model.weights});
  });
  output.commit();
}

Model read_model(const mpi::Communicator& comm, const std::string& path) {
  Record record;
  mpi::agreed_on_root(comm, "reading the model", [&] {
    base::fault_site(base::FaultSite::read_model, path);
    record = read_record(path);
  });
  broadcast(comm, record.widths);
  broadcast(comm, record.weights);
  for (auto* text : {&record.format, &record.activation, &record.recipe, &record.provenance})
    *text = comm.broadcast(std::move(*text));
  return mpi::agreed(comm, "reading the model", [&] {
    Model model{.shape = {.widths = record.widths,
                          .activation = nn::activation_from_name(record.activation),
                          .is_residual = has_residual_layers(record.format)},
                .recipe = data::Recipe::from_text(record.recipe, path),
                .weights = std::move(record.weights),
                .provenance = std::move(record.provenance)};
    if (model.weights.size() != nn::parameter_count(model.shape))
      throw Error(ErrorKind::data, "the model's weights do not fit its widths", {.file = path});
    return model;
  });
}

}  // namespace colonnade::train
