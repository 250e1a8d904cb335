#include <colonnade/app/log.hpp>
#include <colonnade/base/error.hpp>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

namespace colonnade::app {

std::shared_ptr<spdlog::logger> make_log(const std::filesystem::path& path) {
  try {
    // Not in spdlog's registry: a second run in one process would meet its name there.
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(path.string());
    auto log = std::make_shared<spdlog::logger>("colonnade", std::move(sink));
    log->set_pattern("%Y-%m-%dT%H:%M:%S%z %l %v");
    log->flush_on(spdlog::level::trace);
    return log;
  } catch (const spdlog::spdlog_ex& error) {
    throw base::Error(base::ErrorKind::storage, "cannot open the log",
                      {.file = path.string(), .value = error.what()});
  }
}

}  // namespace colonnade::app
