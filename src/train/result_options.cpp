#include <colonnade/base/error.hpp>
#include <colonnade/train/checkpoint.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace colonnade::train {

namespace {

const std::string& value_of(const ResultOptions& options, const std::string& name) {
  // What older runs did not know they did without.
  static const std::string none = "none";
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const auto& option) { return option.first == name; });
  return found == options.end() ? none : found->second;
}

std::int64_t integer_of(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The last epoch decides nothing about those before it, unless the learning rate falls with it.
bool may_change(const ResultOptions& mine, const std::string& name, const Checkpoint& checkpoint) {
  const TrainingPosition& position = checkpoint.state.position;
  return name == "--epochs" && value_of(mine, "--schedule") != "cosine" &&
         integer_of(value_of(mine, name)) >= position.epoch + (position.step > 0 ? 1 : 0);
}

}  // namespace

ResultOptions result_options(const TrainerConfig& config, const ObjectiveOptions& objective,
                             const std::string& data_content) {
  const auto& widths = config.shape.widths;
  const auto number = [](auto value) { return fmt::format("{}", value); };
  const auto words = [](const std::vector<std::string>& each) {
    return each.empty() ? "none" : fmt::format("{}", fmt::join(each, ","));
  };
  return {{"DATA.h5", "content " + data_content},
          {"--hidden", fmt::format("{}{}", fmt::join(widths.begin() + 1, widths.end() - 1, ","),
                                   config.shape.is_residual ? " with --residual" : "")},
          {"--batch-norm", config.shape.has_batch_norm ? "given" : "none"},
          {"--dropout", config.shape.dropout > 0.0 ? number(config.shape.dropout) : "none"},
          {"--activation", std::string(nn::name_of(config.shape.activation))},
          {"--loss", std::string(nn::name_of(objective.loss))},
          {"--class-weights", words(objective.class_weights)},
          {"--target-weights", words(objective.target_weights)},
          {"--weight-by", objective.weight_by_std ? "std" : "none"},
          {"--heating-rate-weight", number(objective.heating_rate_weight)},
          {"--precision", std::string(nn::name_of(config.precision))},
          {"--optimizer", std::string(nn::name_of(config.optimiser.algorithm))},
          {"--lr", number(config.schedule.learning_rate)},
          {"--schedule", std::string(nn::name_of(config.schedule.kind))},
          {"--warmup", number(config.schedule.warmup_steps)},
          {"--weight-decay", number(config.optimiser.weight_decay)},
          {"--clip", number(config.clip_norm)},
          {"--batch", number(config.batch)},
          {"--micro-batch", number(config.micro_batch)},
          {"--epochs", number(config.epochs)},
          {"--patience", number(config.patience)},
          {"--seed", number(config.seed)},
          {"order of columns", fmt::format("runs of {} in windows of {} micro-batches",
                                           Lanes::run_columns, Lanes::window_steps)}};
}

void expect_same_result(const ResultOptions& mine, const Checkpoint& checkpoint,
                        const std::string& path) {
  for (const auto& [name, value] : mine) {
    const std::string& then = value_of(checkpoint.options, name);
    if (value == then || may_change(mine, name, checkpoint)) continue;
    throw base::Error(
        base::ErrorKind::usage,
        fmt::format("{} is {}, but {} in the checkpoint", name, value, then),
        {.file = path,
         .hint = "give the value of the checkpoint, or begin anew with another --out"});
  }
}

}  // namespace colonnade::train
