#include <colonnade/base/error.hpp>
#include <colonnade/infer/colonnade_infer.h>

#include <infer/runner.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

using namespace colonnade;

struct colonnade_model {
  std::shared_ptr<const infer::Model> model;
};

struct colonnade_runner {
  infer::Runner runner;
};

namespace {

/// Where a call's error text goes.
struct Message {
  char* text;
  std::size_t bytes;

  void tell(const char* what) const noexcept {
    if (text == nullptr || bytes == 0) return;
    const std::size_t length = std::min(std::strlen(what), bytes - 1);
    std::memcpy(text, what, length);
    text[length] = '\0';
  }
};

/// Does the work of a call: no exception passes the boundary.
template <typename Work>
colonnade_status status_of(Message message, Work work) noexcept {
  message.tell("");
  try {
    work();
    return COLONNADE_OK;
  } catch (const base::Error& error) {
    message.tell(error.what());
    return static_cast<colonnade_status>(error.kind());
  } catch (const std::bad_alloc&) {
    message.tell("not enough memory");
    return COLONNADE_STORAGE;
  } catch (const std::exception& error) {
    message.tell(error.what());
  } catch (...) {
    message.tell("an unknown error");
  }
  return COLONNADE_BUG;
}

void expect_given(std::initializer_list<const void*> pointers) {
  if (std::find(pointers.begin(), pointers.end(), nullptr) != pointers.end())
    throw base::Error(base::ErrorKind::usage, "a pointer that the call needs is null");
}

std::int64_t count_of(const infer::Side& side) {
  return static_cast<std::int64_t>(side.variables.size());
}

colonnade_variable variable_of(const infer::Side& side, std::int64_t number) {
  if (number < 0 || number >= count_of(side)) return {nullptr, nullptr, 0};
  const auto& variable = side.variables[static_cast<std::size_t>(number)];
  return {variable.name.c_str(), variable.units.c_str(), variable.levels};
}

template <typename Value>
colonnade_status set_input(colonnade_runner* runner, const char* name,
                           const infer::Field<const Value>& field, Message message) {
  return status_of(message, [&] {
    expect_given({runner, name});
    runner->runner.set_input(name, field);
  });
}

template <typename Value>
colonnade_status get_output(const colonnade_runner* runner, const char* name,
                            const infer::Field<Value>& field, Message message) {
  return status_of(message, [&] {
    expect_given({runner, name});
    runner->runner.get_output(name, field);
  });
}

}  // namespace

const char* colonnade_version() {
  return COLONNADE_VERSION;
}

colonnade_status colonnade_model_load(const char* path, colonnade_model** model, char* message,
                                      std::size_t message_bytes) {
  return status_of({message, message_bytes}, [&] {
    expect_given({path, model});
    *model = nullptr;
    auto made = infer::make_model(infer::read_record(path), path);
    *model = new colonnade_model{std::make_shared<const infer::Model>(std::move(made))};
  });
}

void colonnade_model_free(colonnade_model* model) {
  delete model;
}

std::int64_t colonnade_input_count(const colonnade_model* model) {
  return model == nullptr ? 0 : count_of(model->model->inputs);
}

std::int64_t colonnade_output_count(const colonnade_model* model) {
  return model == nullptr ? 0 : count_of(model->model->outputs);
}

colonnade_variable colonnade_input(const colonnade_model* model, std::int64_t number) {
  if (model == nullptr) return {nullptr, nullptr, 0};
  return variable_of(model->model->inputs, number);
}

colonnade_variable colonnade_output(const colonnade_model* model, std::int64_t number) {
  if (model == nullptr) return {nullptr, nullptr, 0};
  return variable_of(model->model->outputs, number);
}

colonnade_status colonnade_expect_inputs(const colonnade_model* model,
                                         const colonnade_variable* given, std::int64_t count,
                                         char* message, std::size_t message_bytes) {
  return status_of({message, message_bytes}, [&] {
    expect_given({model});
    std::vector<infer::Variable> variables;
    for (std::int64_t i = 0; i < count; ++i) {
      expect_given({given, given[i].name});
      const char* const units = given[i].units;
      variables.push_back({given[i].name, units == nullptr ? "" : units, given[i].levels});
    }
    infer::expect_inputs(*model->model, variables);
  });
}

colonnade_status colonnade_runner_create(const colonnade_model* model, std::int64_t most_columns,
                                         colonnade_runner** runner, char* message,
                                         std::size_t message_bytes) {
  return status_of({message, message_bytes}, [&] {
    expect_given({model, runner});
    *runner = nullptr;
    *runner = new colonnade_runner{infer::Runner(model->model, most_columns)};
  });
}

void colonnade_runner_free(colonnade_runner* runner) {
  delete runner;
}

colonnade_status colonnade_set_input_float(colonnade_runner* runner, const char* name,
                                           const float* values, std::int64_t columns,
                                           std::int64_t levels, std::int64_t column_stride,
                                           std::int64_t level_stride, char* message,
                                           std::size_t message_bytes) {
  return set_input<float>(runner, name, {values, columns, levels, column_stride, level_stride},
                          {message, message_bytes});
}

colonnade_status colonnade_set_input_double(colonnade_runner* runner, const char* name,
                                            const double* values, std::int64_t columns,
                                            std::int64_t levels, std::int64_t column_stride,
                                            std::int64_t level_stride, char* message,
                                            std::size_t message_bytes) {
  return set_input<double>(runner, name, {values, columns, levels, column_stride, level_stride},
                           {message, message_bytes});
}

colonnade_status colonnade_run(colonnade_runner* runner, std::int64_t columns, char* message,
                               std::size_t message_bytes) {
  return status_of({message, message_bytes}, [&] {
    expect_given({runner});
    runner->runner.run(columns);
  });
}

colonnade_status colonnade_get_output_float(const colonnade_runner* runner, const char* name,
                                            float* values, std::int64_t columns,
                                            std::int64_t levels, std::int64_t column_stride,
                                            std::int64_t level_stride, char* message,
                                            std::size_t message_bytes) {
  return get_output<float>(runner, name, {values, columns, levels, column_stride, level_stride},
                           {message, message_bytes});
}

colonnade_status colonnade_get_output_double(const colonnade_runner* runner, const char* name,
                                             double* values, std::int64_t columns,
                                             std::int64_t levels, std::int64_t column_stride,
                                             std::int64_t level_stride, char* message,
                                             std::size_t message_bytes) {
  return get_output<double>(runner, name, {values, columns, levels, column_stride, level_stride},
                            {message, message_bytes});
}
