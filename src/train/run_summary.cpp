#include <colonnade/base/error.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/io/readable.hpp>
#include <colonnade/train/median.hpp>
#include <colonnade/train/run_difference.hpp>
#include <colonnade/train/run_summary.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;
using nlohmann::ordered_json;

namespace {

constexpr const char* format_name = "colonnade summary 1";
constexpr const char* hash_key = "summary_hash";

/// The median of columns_per_second over the epochs after the first, or of the first alone.
double median_rate(const std::string& metrics) {
  constexpr int place = 5;  // among the cells of a line
  std::vector<double> rates;
  std::istringstream lines(metrics);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; i <= place; ++i) std::getline(cells, cell, ',');
    rates.push_back(std::stod(cell));
  }
  if (rates.size() > 1) rates.erase(rates.begin());
  return rates.empty() ? 0.0 : median(std::move(rates));
}

std::string hash_of(const ordered_json& summary) {
  return base::hex(base::hash_text(summary.dump()));
}

}  // namespace

std::string json_of(const RunSummary& summary) {
  const EpochReport &best = summary.best.report, &last = summary.last;
  const std::span<const float> weights(summary.best.weights);
  ordered_json json{{"format", format_name},
                    {"status", summary.status},
                    {"config", options_of(summary.config_ini)},
                    {"data", summary.data},
                    {"data_content", summary.data_content},
                    {"widths", summary.shape.widths},
                    {"parameters", nn::parameter_count(summary.shape)},
                    {"epochs", last.epoch},
                    {"steps", last.step},
                    {"best_epoch", best.epoch},
                    {"train_loss", best.train_loss},
                    {"validation_loss", best.validation_loss},
                    {"last_train_loss", last.train_loss},
                    {"last_validation_loss", last.validation_loss},
                    {"columns_per_second", std::llround(median_rate(summary.metrics))},
                    {"seconds", std::round(summary.seconds * 1000.0) / 1000.0},
                    {"ranks", summary.ranks},
                    {"threads", summary.threads},
                    {"instruction_set", nn::instruction_set()},
                    {"best_weights", base::hex(base::hash_values(weights))},
                    {"weights", summary.weights},
                    {"versions", summary.versions}};
  json[hash_key] = hash_of(json);
  return json.dump(2) + '\n';
}

ordered_json read_summary(const std::string& path) {
  io::expect_regular(path);
  std::ifstream stream(path);
  stream.peek();
  if (!stream.is_open() || stream.bad())
    throw Error(ErrorKind::storage, "cannot read the summary of the run",
                {.file = path,
                 .value = std::strerror(errno),
                 .hint = "train writes it with each better model, and at its end"});
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto json = ordered_json::parse(text, nullptr, false);
  const auto hash = json.is_object() ? json.value(hash_key, ordered_json()) : ordered_json();
  if (!hash.is_null()) json.erase(hash_key);
  if (hash.is_null() || json.value("format", ordered_json()) != format_name ||
      hash != hash_of(json))
    throw Error(ErrorKind::data, "the summary is not whole, or has changed since it was written",
                {.file = path, .hint = "resume the run, or train again"});
  return json;
}

}  // namespace colonnade::train
