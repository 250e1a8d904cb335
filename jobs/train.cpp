#include "jobs.hpp"
#include "network.hpp"
#include "train_command.hpp"
#include "train_run.hpp"

#include <colonnade/app/parse.hpp>
#include <colonnade/app/stop_signals.hpp>
#include <colonnade/base/hash.hpp>
#include <colonnade/base/human.hpp>
#include <colonnade/data/prepared_file.hpp>
#include <colonnade/mpi/agreed.hpp>
#include <colonnade/mpi/node_memory.hpp>
#include <colonnade/train/checkpoint.hpp>
#include <colonnade/train/checkpoint_folder.hpp>
#include <colonnade/train/objective.hpp>
#include <colonnade/train/run_directory.hpp>
#include <colonnade/train/trainer.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <utility>

namespace colonnade::jobs {

using app::Arguments;
using train::TrainerConfig;

train::ObjectiveOptions objective_options(const Arguments& arguments, const data::Recipe& recipe) {
  const auto words = [&](const char* option) {
    return arguments.has(option) ? arguments.texts(option) : std::vector<std::string>{};
  };
  return {.loss = train::loss_of(arguments.text("loss"), recipe),
          .target_weights = words("target-weights"),
          .weight_by_std = arguments.text("weight-by") == "std",
          .heating_rate_weight = arguments.real("heating-rate-weight"),
          .class_weights = words("class-weights")};
}

TrainerConfig config_from(const Arguments& arguments, const train::ColumnSource& source,
                          nn::Precision precision, std::int64_t memory_bytes) {
  TrainerConfig config;
  config.precision = precision;
  config.shape = shape_from(arguments, source);
  config.shape.activation = nn::activation_from_name(arguments.text("activation"));
  config.optimiser.algorithm = nn::algorithm_from_name(arguments.text("optimizer"));
  config.optimiser.weight_decay = arguments.real("weight-decay");
  config.schedule.kind = nn::schedule_from_name(arguments.text("schedule"));
  config.schedule.learning_rate = arguments.real("lr");
  config.schedule.warmup_steps = arguments.integer("warmup");
  config.clip_norm = arguments.real("clip");
  config.batch = arguments.integer("batch");
  config.micro_batch = arguments.integer("micro-batch");
  config.epochs = arguments.integer("epochs");
  config.patience = arguments.integer("patience");
  config.seed = static_cast<std::uint64_t>(arguments.integer("seed"));
  config.threads = static_cast<int>(arguments.integer("threads"));
  config.memory_bytes = memory_bytes;
  return config;
}

namespace {

/// What the user should know before a long run, on standard error.
void warn(const TrainerConfig& config, const train::ColumnSource& source, int ranks) {
  const std::int64_t lanes = config.batch / config.micro_batch;
  if (ranks > lanes)
    fmt::print(stderr,
               "colonnade train: warning: {} ranks share {} micro-batches: {} ranks idle; use a "
               "smaller --micro-batch or a larger --batch\n",
               ranks, lanes, ranks - lanes);
  else if (std::int64_t{ranks} * config.threads > lanes)
    fmt::print(stderr,
               "colonnade train: warning: {} threads share {} micro-batches: some idle; use a "
               "smaller --micro-batch or a larger --batch\n",
               std::int64_t{ranks} * config.threads, lanes);
  if (source.validation.empty())
    fmt::print(stderr,
               "colonnade train: warning: no validation split: the training loss chooses the best "
               "model\n");
}

void print_plan(const TrainerConfig& config, const train::ColumnSource& source, int ranks) {
  const train::Lanes lanes(source.train.size(), config.batch, config.micro_batch, config.seed);
  fmt::print("# plan: {} ranks of {} threads share {} micro-batches of {} columns a step\n", ranks,
             config.threads, lanes.count(), lanes.micro_batch());
  fmt::print("# {} training and {} validation columns; {} steps an epoch, {} epochs\n",
             base::human_count(source.train.size()), base::human_count(source.validation.size()),
             base::human_count(lanes.steps_per_epoch()), config.epochs);
  fmt::print("# network {} in {} ({}): {} parameters\n", fmt::join(config.shape.widths, "-"),
             nn::name_of(config.precision), nn::instruction_set(),
             base::human_count(static_cast<std::int64_t>(nn::parameter_count(config.shape))));
  fmt::print("# {}\n", train::plan_memory(config, source, ranks).text());
}

CheckpointCadence cadence_of(const Arguments& arguments) {
  const std::string& text = arguments.text("checkpoint-every");
  const auto unit = text.find("step");
  if (unit == std::string::npos) return {.seconds = arguments.seconds("checkpoint-every")};
  CheckpointCadence cadence;
  const char* const end = text.data() + unit;
  const auto [stopped, error] = std::from_chars(text.data(), end, cadence.steps);
  if (error != std::errc() || stopped != end || text.substr(unit) != "steps" || cadence.steps < 1)
    throw base::Error(base::ErrorKind::usage, "--checkpoint-every takes a time or steps",
                      {.value = text, .hint = "write it as 10min or 500steps"});
  return cadence;
}

train::OlderRun older_run(const Arguments& arguments) {
  if (!arguments.has("resume"))
    return arguments.flag("force") ? train::OlderRun::replaced : train::OlderRun::refused;
  if (arguments.flag("force"))
    throw base::Error(base::ErrorKind::usage, "--force and --resume contradict each other",
                      {.hint = "leave one of them out"});
  return train::OlderRun::continued;
}

/// The checkpoint that --resume asks for, if there is one; it fits the options.
train::FoundCheckpoint found_checkpoint(const Arguments& arguments,
                                        const train::ResultOptions& options) {
  if (!arguments.has("resume")) return {};
  train::FoundCheckpoint found;
  if (const std::string& path = arguments.text("resume"); path != "auto")
    found = {.checkpoint = train::read_checkpoint(path), .path = path, .passed_over = {}};
  else
    found = train::newest_checkpoint(arguments.text("out") + "/checkpoints");
  if (found.checkpoint)
    train::expect_same_result(options, *found.checkpoint, found.path);
  else
    fmt::print("no checkpoint to resume from: the run starts anew\n");
  return found;
}

void train_work(const Arguments& arguments, const mpi::Communicator& comm) {
  const app::StopSignals signals;
  const auto older = mpi::agreed(comm, "options", [&] { return older_run(arguments); });
  train::RunDirectory directory(comm, arguments.text("out"), older, app::inputs_of(arguments));
  const auto file = data::PreparedFile::open(comm, arguments.files().front());
  const auto source = mpi::agreed(comm, "options", [&] { return train::source_of(file); });
  const bool all_have_bf16 = comm.min(nn::is_native(nn::Precision::bf16) ? 1 : 0) == 1;
  const std::int64_t free_bytes = mpi::memory_of_rank_bytes(comm);
  const auto plan = mpi::agreed(comm, "options", [&] {
    const std::int64_t memory = arguments.bytes("memory");
    auto config = config_from(arguments, source, precision_from(arguments, all_have_bf16),
                              memory == 0 ? free_bytes : memory);
    // Refuses batches that the columns do not fill, and too little memory, before anything is told
    // or touched.
    static_cast<void>(train::plan_memory(config, source, comm.size()));
    const auto goal = objective_options(arguments, file.recipe());
    config.objective = train::objective_of(goal, file.recipe());
    auto options = train::result_options(config, goal, file.content());
    return TrainPlan{.config_ini = app::resolved_ini(train_command(), arguments),
                     .config = std::move(config),
                     .result_options = std::move(options),
                     .cadence = cadence_of(arguments),
                     .keep_checkpoints = arguments.integer("keep-checkpoints"),
                     .hash_every = arguments.integer("hash-every"),
                     .is_quiet = arguments.flag("quiet")};
  });
  train::FoundCheckpoint found;
  mpi::agreed_on_root(comm, "reading the checkpoint",
                      [&] { found = found_checkpoint(arguments, plan.result_options); });
  if (arguments.flag("dry-run")) {
    mpi::agreed_on_root(comm, "planning", [&] {
      print_plan(plan.config, source, comm.size());
      if (found.checkpoint) fmt::print("# resumes from {}\n", found.path);
    });
    return;
  }
  const auto instructions = base::hash_text(nn::instruction_set());
  const bool are_alike = comm.min(instructions) == comm.max(instructions);
  if (comm.is_root()) {
    warn(plan.config, source, comm.size());
    if (!are_alike)
      fmt::print(stderr,
                 "colonnade train: warning: the ranks' instruction sets differ (rank 0: {}), and "
                 "with them the bits of the result; use processors of one kind, or one "
                 "ONEDNN_MAX_CPU_ISA for all\n",
                 nn::instruction_set());
    if (arguments.text("precision") == "auto")
      fmt::print("precision {}, on {}\n", nn::name_of(plan.config.precision),
                 nn::instruction_set());
  }
  TrainRun(comm, plan, file, directory)(source, std::move(found));
}

}  // namespace

app::Job train_job() {
  return {train_command(), train_work};
}

}  // namespace colonnade::jobs
