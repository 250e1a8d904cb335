#include "jobs.hpp"

#include <colonnade/base/error.hpp>
#include <colonnade/io/output_path.hpp>
#include <colonnade/train/run_file.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>

namespace colonnade::jobs {

std::string model_path(const std::string& run) {
  std::error_code ignored;
  return std::filesystem::is_directory(run, ignored) ? run + "/model.h5" : run;
}

std::string field_of(const std::string& provenance, const char* name) {
  const auto json = nlohmann::json::parse(provenance, nullptr, false);
  return json.is_object() ? json.value(name, "") : "";
}

void expect_no_input(const std::string& output, const app::Arguments& arguments,
                     const std::vector<std::string>& others) {
  io::expect_no_input(output, app::inputs_of(arguments, others));
  train::expect_no_run_file(output);
}

void expect_threshold_fits(const app::Arguments& arguments,
                           const std::optional<data::Classes>& classes) {
  if (!arguments.given("threshold")) return;
  const bool is_one = classes && classes->kind == data::Classes::Kind::one;
  if (!classes || is_one)
    throw base::Error(
        base::ErrorKind::usage, "--threshold is for models that tell any number of classes",
        {.value = is_one ? "of this one's classes exactly one is true" : "this one gives numbers",
         .hint = "leave it out"});
}

}  // namespace colonnade::jobs
