#ifndef COLONNADE_INFER_H
#define COLONNADE_INFER_H

/* Runs a trained emulator inside another program, on physical values: transforms, normalisation and
   the way back are in the model.

   A model is loaded once and shared by all threads; each thread has a runner of its own. For each
   block of columns a thread sets all inputs by name, runs, and gets the outputs by name. A column's
   outputs have the same bits in any block and thread, and those of `colonnade predict` on the same
   processor (with oneDNN; without it, but for rounding). Rounding mode and flush to zero are those
   of the calling thread.

   Functions that can fail return a colonnade_status and write one line of text, ended by a zero, to
   the caller's `message` of `message_bytes` bytes (cut where it does not fit; may be null). They
   throw nothing, print nothing, and leave errors of other calls alone. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define COLONNADE_API __attribute__((visibility("default")))
#else
#define COLONNADE_API
#endif

typedef enum colonnade_status {
  COLONNADE_OK = 0,
  COLONNADE_USAGE =
      2, /* the call cannot be carried out: null, too many columns, a name that the model has not */
  COLONNADE_DATA =
      3, /* not a model, damaged, of a newer format; an input that is missing or of other levels */
  COLONNADE_STORAGE = 4, /* no such file, or it or the memory refuses */
  COLONNADE_NUMERIC = 5, /* an input or an output is not finite */
  COLONNADE_BUG = 70
} colonnade_status;

typedef struct colonnade_model colonnade_model;
typedef struct colonnade_runner colonnade_runner;

/* A variable of the model as its training files had it. The texts live as long as the model. */
typedef struct colonnade_variable {
  const char* name;
  const char* units; /* "1" where the training files said nothing */
  int64_t levels;    /* values of one column; 1 for a scalar */
} colonnade_variable;

/* The version of the library, "0.1.0". */
COLONNADE_API const char* colonnade_version(void);

/* Reads a model file (RUN/model.h5) and checks it against its seal. With an HDF5 that is not
   thread-safe, only while no other thread uses HDF5. */
COLONNADE_API colonnade_status colonnade_model_load(const char* path, colonnade_model** model,
                                                    char* message, size_t message_bytes);
/* Runners made of the model remain valid. Null is ignored. */
COLONNADE_API void colonnade_model_free(colonnade_model* model);

/* Number of input and of output variables. */
COLONNADE_API int64_t colonnade_input_count(const colonnade_model* model);
COLONNADE_API int64_t colonnade_output_count(const colonnade_model* model);
/* Variable `number`, from 0, in the model's order; name and units are null where there is no such
 * one. */
COLONNADE_API colonnade_variable colonnade_input(const colonnade_model* model, int64_t number);
COLONNADE_API colonnade_variable colonnade_output(const colonnade_model* model, int64_t number);

/* Refuses (COLONNADE_DATA) a model that has an input which is not among the `count` variables that
   the host gives, or is there with another number of levels, and names it; units are compared where
   both give them (neither null nor "1"). To be called once, before the first time step. */
COLONNADE_API colonnade_status colonnade_expect_inputs(const colonnade_model* model,
                                                       const colonnade_variable* given,
                                                       int64_t count, char* message,
                                                       size_t message_bytes);

/* Makes a runner, of one thread at a time, for blocks of up to `most_columns` columns; later calls
 * take no memory. */
COLONNADE_API colonnade_status colonnade_runner_create(const colonnade_model* model,
                                                       int64_t most_columns,
                                                       colonnade_runner** runner, char* message,
                                                       size_t message_bytes);
/* Null is ignored. */
COLONNADE_API void colonnade_runner_free(colonnade_runner* runner);

/* Copies an input for the next run: value (column c, level l) is values[c * column_stride + l *
   level_stride], in the units of the training files. `name` is a variable, with all its levels, or
   one place of it, "q[12]", levels then being 1. What the model does not take is ignored, so that a
   host can offer all that it has. */
COLONNADE_API colonnade_status colonnade_set_input_float(colonnade_runner* runner, const char* name,
                                                         const float* values, int64_t columns,
                                                         int64_t levels, int64_t column_stride,
                                                         int64_t level_stride, char* message,
                                                         size_t message_bytes);
COLONNADE_API colonnade_status colonnade_set_input_double(colonnade_runner* runner,
                                                          const char* name, const double* values,
                                                          int64_t columns, int64_t levels,
                                                          int64_t column_stride,
                                                          int64_t level_stride, char* message,
                                                          size_t message_bytes);

/* Computes the outputs of `columns` columns. Every input must have been set for as many since the
   last run; the first that has not is named. */
COLONNADE_API colonnade_status colonnade_run(colonnade_runner* runner, int64_t columns,
                                             char* message, size_t message_bytes);

/* Copies an output of the last run, as the inputs. */
COLONNADE_API colonnade_status colonnade_get_output_float(const colonnade_runner* runner,
                                                          const char* name, float* values,
                                                          int64_t columns, int64_t levels,
                                                          int64_t column_stride,
                                                          int64_t level_stride, char* message,
                                                          size_t message_bytes);
COLONNADE_API colonnade_status colonnade_get_output_double(const colonnade_runner* runner,
                                                           const char* name, double* values,
                                                           int64_t columns, int64_t levels,
                                                           int64_t column_stride,
                                                           int64_t level_stride, char* message,
                                                           size_t message_bytes);

#ifdef __cplusplus
}
#endif

#endif
