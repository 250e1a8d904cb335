// A libFuzzer target: see fuzz.cmake. An input's first byte chooses what the rest is: the bytes of
// a model file, or a recipe (in a file's bytes the seal finds any change, before HDF5 or the
// recipe's reader see it).
#include <colonnade/base/error.hpp>
#include <colonnade/infer/colonnade_infer.h>

#include <fcntl.h>
#include <infer/runner.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

using namespace colonnade;

namespace {

void expect(bool truth) {
  if (!truth) std::abort();
}

/// The bytes as a file: refused with a text, or a model.
void load_file(const std::uint8_t* data, std::size_t size) {
  static const int file = ::memfd_create("model", 0);
  expect(::ftruncate(file, 0) == 0 && ::pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  char message[200];
  colonnade_model* model = nullptr;
  const auto status = colonnade_model_load(path.c_str(), &model, message, sizeof message);
  expect(status != COLONNADE_BUG && (status == COLONNADE_OK) == (model != nullptr));
  expect((status == COLONNADE_OK) == (message[0] == '\0'));
  colonnade_model_free(model);
}

/// Gives every input in two columns, and takes every output.
void run_columns(const infer::Model& model) {
  infer::Runner runner(std::make_shared<const infer::Model>(model), 2);
  const auto room = [](const infer::Variable& variable) {
    return std::vector<double>(static_cast<std::size_t>(2 * variable.levels), 0.5);
  };
  for (const auto& variable : model.inputs.variables) {
    if (variable.levels > 1000) return;
    const auto values = room(variable);
    runner.set_input<double>(variable.name, {values.data(), 2, variable.levels, 1, 2});
  }
  runner.run(2);
  for (const auto& variable : model.outputs.variables) {
    if (variable.levels > 1000) return;
    auto values = room(variable);
    runner.get_output<double>(variable.name, {values.data(), 2, variable.levels, 1, 2});
  }
}

/// A network of the widths that the first two bytes say, with the rest as its recipe.
void make_from_recipe(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return;
  const std::int64_t in = data[0] % 16 + 1, out = data[1] % 16 + 1;
  infer::Record record{.widths = {in, 3, out}, .activation = "silu", .recipe = {}, .weights = {}};
  record.recipe.assign(data + 2, data + size);
  record.weights.assign(static_cast<std::size_t>(3 * (in + 1) + out * 4), 0.25F);
  try {
    run_columns(infer::make_model(std::move(record), "recipe"));
  } catch (const base::Error& error) {
    expect(error.kind() != base::ErrorKind::internal);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] % 2 == 0)
    load_file(data + 1, size - 1);
  else
    make_from_recipe(data + 1, size - 1);
  return 0;
}
