/* consumer MODEL: sets each input to its number in the model's order, runs three columns, and prints the first output. */
#include <colonnade/infer/colonnade_infer.h>
#include <stdio.h>
#include <stdlib.h>

static void must(colonnade_status status, const char* message) {
  if (status == COLONNADE_OK) return;
  fprintf(stderr, "consumer: error: %s\n", message);
  exit(status);
}

int main(int argc, char** argv) {
  char message[400];
  colonnade_model* model;
  colonnade_runner* runner;
  if (argc != 2) return 2;
  must(colonnade_model_load(argv[1], &model, message, sizeof message), message);
  must(colonnade_runner_create(model, 3, &runner, message, sizeof message), message);
  for (int64_t i = 0; i < colonnade_input_count(model); ++i) {
    const colonnade_variable input = colonnade_input(model, i);
    const double value = (double)(i + 1);
    must(colonnade_set_input_double(runner, input.name, &value, 3, input.levels, 0, 0, message, sizeof message), message);
  }
  must(colonnade_run(runner, 3, message, sizeof message), message);
  const colonnade_variable output = colonnade_output(model, 0);
  float* values = malloc((size_t)output.levels * 3 * sizeof *values);
  must(colonnade_get_output_float(runner, output.name, values, 3, output.levels, 1, 3, message, sizeof message), message);
  printf("%s %.6e %.6e\n", output.name, values[0], values[output.levels * 3 - 1]);
  free(values);
  colonnade_runner_free(runner);
  colonnade_model_free(model);
  return 0;
}
