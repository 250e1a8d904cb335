#include <colonnade/train/trial.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>

namespace colonnade::train {

namespace {

constexpr std::array status_names{"done", "failed", "lost", "stopped", "broken"};

}  // namespace

const char* name_of(TrialStatus status) {
  return status_names.at(static_cast<std::size_t>(status));
}

std::string TrialRecord::text() const {
  nlohmann::ordered_json json{{"status", static_cast<int>(status)},
                              {"loss", loss},
                              {"best_epoch", best_epoch},
                              {"epochs", epochs},
                              {"message", message},
                              {"seconds", seconds},
                              {"ranks", ranks}};
  if (accuracy) json["accuracy"] = *accuracy;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TrialRecord TrialRecord::from_text(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  TrialRecord record{.status = static_cast<TrialStatus>(json.at("status").get<int>()),
                     .loss = json.at("loss"),
                     .best_epoch = json.at("best_epoch"),
                     .epochs = json.at("epochs"),
                     .message = json.at("message"),
                     .seconds = json.at("seconds"),
                     .ranks = json.at("ranks")};
  if (json.contains("accuracy")) record.accuracy = json["accuracy"].get<double>();
  return record;
}

}  // namespace colonnade::train
