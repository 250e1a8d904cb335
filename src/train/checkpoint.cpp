#include <colonnade/base/error.hpp>
#include <colonnade/train/checkpoint.hpp>
#include <colonnade/train/section_file.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace colonnade::train {

using base::Error;
using base::ErrorKind;
using Json = nlohmann::ordered_json;

namespace {

// JSON has no infinity; its finite numbers come back with the same bits.
Json json_of(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

double number_of(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

Json json_of(const TrainingPosition& position) {
  return {{"epoch", position.epoch},
          {"step", position.step},
          {"loss_sum", json_of(position.loss_sum)},
          {"seconds", json_of(position.seconds)},
          {"schedule_best_loss", json_of(position.schedule.best_loss)},
          {"schedule_epochs_without_improvement", position.schedule.epochs_without_improvement},
          {"schedule_reduction", json_of(position.schedule.reduction)},
          {"best_epoch", position.best_epoch},
          {"best_loss", json_of(position.best_loss)}};
}

TrainingPosition position_of(const Json& json) {
  return {.epoch = json.at("epoch"),
          .step = json.at("step"),
          .loss_sum = number_of(json.at("loss_sum")),
          .seconds = number_of(json.at("seconds")),
          .schedule = {.best_loss = number_of(json.at("schedule_best_loss")),
                       .epochs_without_improvement = json.at("schedule_epochs_without_improvement"),
                       .reduction = number_of(json.at("schedule_reduction"))},
          .best_epoch = json.at("best_epoch"),
          .best_loss = number_of(json.at("best_loss"))};
}

Json json_of(const EpochReport& report) {
  return {{"epoch", report.epoch},
          {"step", report.step},
          {"train_loss", json_of(report.train_loss)},
          {"validation_loss", json_of(report.validation_loss)}};
}

EpochReport report_of(const Json& json) {
  EpochReport report;
  report.epoch = json.at("epoch");
  report.step = json.at("step");
  report.train_loss = number_of(json.at("train_loss"));
  report.validation_loss = number_of(json.at("validation_loss"));
  return report;
}

std::string moment_name(std::size_t k) {
  return fmt::format("moment_{}", k);
}

std::vector<float> floats_of(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string text_of(std::span<const std::byte> bytes) {
  std::string text(bytes.size(), '\0');
  std::memcpy(text.data(), bytes.data(), bytes.size());
  return text;
}

Checkpoint checkpoint_of(const SectionFile& file) {
  const auto json = Json::parse(text_of(file.at("run")));
  Checkpoint checkpoint{
      .options = json.at("options").get<ResultOptions>(),
      .state = {.position = position_of(json.at("position")),
                .weights = floats_of(file.at("weights")),
                .moments = {}},
      .best = {.report = report_of(json.at("best")), .weights = floats_of(file.at("best_weights"))},
      .last = report_of(json.at("last")),
      .tables = {.metrics = text_of(file.at("metrics")), .hashes = text_of(file.at("hashes"))},
      .instruction_set = json.at("instruction_set")};
  for (std::size_t k = 0; k < json.at("moments"); ++k)
    checkpoint.state.moments.push_back(floats_of(file.at(moment_name(k))));
  return checkpoint;
}

}  // namespace

void write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const auto& [options, state, best, last, tables, instruction_set] = checkpoint;
  const std::string run = Json{{"options", options},
                               {"position", json_of(state.position)},
                               {"best", json_of(best.report)},
                               {"last", json_of(last)},
                               {"instruction_set", instruction_set},
                               {"moments", state.moments.size()}}
                              .dump();
  std::vector<Section> sections{{"run", std::as_bytes(std::span(run))},
                                {"weights", std::as_bytes(std::span(state.weights))},
                                {"best_weights", std::as_bytes(std::span(best.weights))},
                                {"metrics", std::as_bytes(std::span(tables.metrics))},
                                {"hashes", std::as_bytes(std::span(tables.hashes))}};
  for (std::size_t k = 0; k < state.moments.size(); ++k)
    sections.push_back({moment_name(k), std::as_bytes(std::span(state.moments[k]))});
  write_sections(path, sections);
}

Checkpoint read_checkpoint(const std::string& path) {
  const SectionFile file(path);
  try {
    return checkpoint_of(file);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::data, "the checkpoint is of another version of the program",
                {.file = path, .value = error.what()});
  }
}

}  // namespace colonnade::train
