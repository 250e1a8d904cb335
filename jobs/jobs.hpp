// The commands of the program, each in the file of its name.
#pragma once

#include <colonnade/app/run.hpp>
#include <colonnade/data/classes.hpp>

#include <optional>
#include <string>
#include <vector>

namespace colonnade::jobs {

app::Job synth_job();
app::Job inspect_job();
app::Job select_job();
app::Job prepare_job();
app::Job train_job();
app::Job search_job();
app::Job evaluate_job();
app::Job predict_job();
app::Job export_job();
app::Job runs_job();
app::Job diff_job();
app::Job scale_job();
app::Job report_job();

/// The model file of RUN, a run directory or itself a model file.
std::string model_path(const std::string& run);

/// A text in a model's provenance or in a run's summary, which are JSON, such as "data", the
/// prepared file that it was trained with; "" if there is none.
std::string field_of(const std::string& provenance, const char* name);

/// Throws a usage error when writing `output` would replace an input of the call, one of `others`
/// or what train has made in a run.
void expect_no_input(const std::string& output, const app::Arguments& arguments,
                     const std::vector<std::string>& others = {});

/// Throws a usage error for a --threshold that means nothing to a model, which tells classes if
/// `classes` is there.
void expect_threshold_fits(const app::Arguments& arguments,
                           const std::optional<data::Classes>& classes);

/// Versions of the program and its libraries, a line each: for --version and for provenance.
std::string versions();

}  // namespace colonnade::jobs
