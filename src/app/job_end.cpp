#include <colonnade/app/job_end.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace colonnade::app {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What squeue prints as the job's end; "" when it cannot be asked within ten seconds.
std::string asked_of_squeue(const std::string& job) {
  const auto is_digit = [](unsigned char letter) { return std::isdigit(letter) != 0; };
  if (job.empty() || !std::all_of(job.begin(), job.end(), is_digit)) return "";
  const std::string command =
      "SLURM_TIME_FORMAT=%s timeout 10 squeue --noheader --jobs=" + job + " --format=%e 2>&-";
  std::FILE* const pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return "";
  std::array<char, 64> line{};
  const bool has_line = std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr;
  ::pclose(pipe);
  return has_line ? line.data() : "";
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> job_end() {
  std::string text = variable("SLURM_JOB_END_TIME");
  if (text.empty()) text = asked_of_squeue(variable("SLURM_JOB_ID"));
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || seconds <= 0) return std::nullopt;
  return std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
}

}  // namespace colonnade::app
