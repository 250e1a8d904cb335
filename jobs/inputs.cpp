#include "jobs.hpp"

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

}  // namespace colonnade::jobs
